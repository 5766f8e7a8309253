// What the command line of `npm run demo` asks for. One that asks for something else is told what there is, and nothing is played.
import { parseArgs } from 'node:util';

const usage = `npm run demo                    the whole story, in about ten seconds
npm run demo -- --offline       a simulated week without a line
npm run demo -- --device sbi    activations through a reader's driver: sbi or secugen
npm run demo -- --login         each way to log in, level and refusal
with --json the same as one JSON document`;

export type Device = 'sbi' | 'secugen';
export type Asked = {
  readonly json: boolean;
  readonly story: 'whole' | 'offline' | 'login' | Device;
};

/** Ends the process with 2 when the words are wrong, with 0 after `--help`. */
export function askedFor(args: readonly string[]): Asked {
  const end = (code: 0 | 2, said: string): never => {
    (code === 0 ? console.log : console.error)(said);
    process.exit(code);
  };
  const flag = { type: 'boolean', default: false } as const;
  const options = { json: flag, offline: flag, login: flag, help: flag, device: { type: 'string' } } as const;
  const read = () => {
    try {
      return parseArgs({ args: [...args], options }).values;
    } catch (error) {
      return end(2, `${(error as Error).message}\n\n${usage}`);
    }
  };
  const { json, help, offline, login, device } = read();
  if (help) return end(0, usage);
  if (device !== undefined && device !== 'sbi' && device !== 'secugen')
    return end(2, `--device takes sbi or secugen\n\n${usage}`);
  const stories = [device, offline && 'offline', login && 'login'].filter((story) => story) as Asked['story'][];
  if (stories.length > 1) return end(2, `one story at a time\n\n${usage}`);
  return { json, story: stories[0] ?? 'whole' };
}
