// Whether the process that started this one is still there. Knows no kiosk: a simulated reader asks too.

/**
 * Calls `end` once the parent is gone, however it ended (kill -9 too); at once if it is gone already. A process that was started by
 * hand, or by a parent that opened no channel (`stdio: 'ipc'`), stands by itself: for it this does nothing.
 */
export function onParentGone(end: () => void): void {
  if (process.send === undefined) return;
  process.once('disconnect', end);
  if (!process.connected) end();
}
