// One thread that makes templates from images, started when first needed, replaced when it fails or takes too long.
import { Worker } from 'node:worker_threads';
import { err, ok, type Result } from '../../../../../shared/base/result.ts';
import type { ReaderError } from '../driver.ts';
import type { MadeTemplate } from './make-template.ts';

export type TemplateWork = { readonly id: number; readonly record: Uint8Array; readonly position: number };
type Answer = { readonly id: number; readonly made: Result<MadeTemplate, ReaderError> };

export type TemplateMaker = {
  /** `record` is overwritten. Reasons: those of makeTemplate; finger_unreadable also when it took too long. */
  make(record: Uint8Array, position: number): Promise<Result<MadeTemplate, ReaderError>>;
  close(): Promise<void>;
};

const limitMs = 10_000;

/** `script`: the worker's file; a bundle has it elsewhere than the sources. */
export function templateMaker(script: string | URL = new URL('./template-worker.ts', import.meta.url)): TemplateMaker {
  let worker: Worker | undefined;
  let last = 0;
  const waiting = new Map<number, (made: Result<MadeTemplate, ReaderError>) => void>();

  const fail = async () => {
    const failed = worker;
    worker = undefined;
    for (const settle of waiting.values()) settle(err({ reason: 'finger_unreadable', code: 'extractor' }));
    waiting.clear();
    await failed?.terminate();
  };
  const running = (): Worker => {
    if (worker) return worker;
    const started = new Worker(script);
    started.unref();
    started.on('message', ({ id, made }: Answer) => waiting.get(id)?.(made));
    // A thread that was replaced dies later than its successor starts: its end is no longer anyone's.
    const ended = () => worker === started && void fail();
    started.on('error', ended);
    started.on('exit', ended);
    worker = started;
    return started;
  };
  return {
    make(record, position) {
      const id = ++last;
      const { promise, resolve } = Promise.withResolvers<Result<MadeTemplate, ReaderError>>();
      const timer = setTimeout(() => void fail(), limitMs);
      waiting.set(id, (made) => {
        clearTimeout(timer);
        waiting.delete(id);
        // A message's bytes come as a plain Uint8Array again, alone in their memory: overwriting it leaves no copy.
        resolve(made.ok ? ok({ ...made.value }) : made);
      });
      const own = Uint8Array.from(record);
      record.fill(0);
      running().postMessage({ id, record: own, position } satisfies TemplateWork, [own.buffer]);
      return promise;
    },
    close: fail,
  };
}
