// How soon a change is heard of: proven by when a question began, not by how long its answer took.

/**
 * Asks until the answer is another than `old`, or until a question that began `withinMs` after this call still gets it. Gives the last
 * answer. A slow machine makes it slower, never wrong.
 */
export async function askUntilOther<T>(ask: () => Promise<T>, old: T, withinMs = 5_000): Promise<T> {
  const since = Date.now();
  for (;;) {
    const began = Date.now();
    const answer = await ask();
    if (answer !== old || began - since >= withinMs) return answer;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
