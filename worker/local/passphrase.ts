// Where the passphrase of a file of roots comes from: whoever sits at the terminal types it, and sees none of it; or a file that its owner
// alone can read. Never the command line or the environment, which other programs of a machine can read.
import { readFileSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { passphraseFault } from './sealed-roots.ts';

export class PassphraseError extends Error {}

/** `askHidden`: undefined where nobody sits. */
export type PassphraseFrom = {
  readonly file: string | undefined;
  readonly askHidden: ((question: string) => Promise<string>) | undefined;
};

/** Of a file that is sealed. */
export async function knownPassphrase(from: PassphraseFrom, of: string): Promise<string> {
  if (from.file !== undefined) return passphraseIn(from.file);
  if (!from.askHidden)
    throw new PassphraseError(`${of} is under a passphrase: --passphrase-file FILE names where it is`);
  return from.askHidden(`Passphrase of ${of}: `);
}

/** For a file that is to be sealed: typed twice. */
export async function newPassphrase(from: PassphraseFrom, of: string): Promise<string> {
  const passphrase = await takenFrom(from, of);
  const fault = passphraseFault(passphrase);
  if (fault) throw new PassphraseError(fault);
  if (from.file === undefined && (await from.askHidden?.('The same again: ')) !== passphrase)
    throw new PassphraseError('the two are not the same; nothing was written');
  return passphrase;
}

async function takenFrom(from: PassphraseFrom, of: string): Promise<string> {
  if (from.file !== undefined) return passphraseIn(from.file);
  if (!from.askHidden)
    throw new PassphraseError(
      'nobody is at this terminal to choose a passphrase: --passphrase-file FILE, or --no-passphrase for roots that protect nobody',
    );
  return from.askHidden(`New passphrase for ${of}: `);
}

/** The first line of a file. */
function passphraseIn(file: string): string {
  let text: string;
  try {
    // SECURITY: as with the roots themselves.
    if ((statSync(file).mode & 0o077) !== 0)
      throw new PassphraseError(`${file} can be read by others: chmod 600 it first`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw error instanceof PassphraseError ? error : new PassphraseError(`there is no passphrase in ${file}`);
  }
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line === '') throw new PassphraseError(`there is no passphrase in ${file}`);
  return line;
}

/** Asks at this process's terminal. `hidden`: nothing of what is typed is shown. Throws where it is cut off. */
export async function askAtTerminal(question: string, hidden: boolean): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: hidden ? nowhere : process.stdout, terminal: true });
  if (hidden) process.stdout.write(question);
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('close', () => reject(new PassphraseError('nothing was typed; nothing was done')));
      lines.once('SIGINT', () => lines.close());
      lines.question(hidden ? '' : question).then(resolve, reject);
    });
  } finally {
    lines.close();
    if (hidden) process.stdout.write('\n');
  }
}
