// Loaded before every command of package.json: says what is missing where the Node that runs it cannot run the project's TypeScript.
// It is JavaScript, so that an older Node can read it.
const needed = 24;

if (Number(process.versions.node.split('.')[0]) < needed) {
  console.error(
    `Node ${process.versions.node} runs this command; the project needs Node ${needed}. On Linux (x64, arm64) npm ci brings it: run that first.
Elsewhere install it (https://nodejs.org) and run the command again.`,
  );
  // The last line that whoever runs the tests reads.
  if (process.env.npm_lifecycle_event === 'test') console.log('0 passed, 1 failed');
  process.exit(1);
}
