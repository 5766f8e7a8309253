// The scan panel: the camera when the person starts it, a picture, or pasted text. Each way that fails says what to do instead.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ReasonText } from '../i18n/catalogue.ts';
import { useLocale } from './locale-context.tsx';
import { Notice } from './notice.tsx';
import type { CameraProblem, ImageProblem, ScanEngine } from './scan-engine.ts';
import { CodeOutline } from './shapes.tsx';

type Props = {
  readonly engine: ScanEngine;
  readonly onText: (text: string) => void;
  /** The camera starts whenever this grows above zero: 1 from the beginning where it was asked for by coming here. */
  readonly starts?: number;
};

type Camera = 'off' | 'starting' | 'on';
type Problem = CameraProblem | ImageProblem | 'noText';

export function ScanPanel({ engine, onText, starts = 0 }: Props) {
  const { text } = useLocale();
  const host = useRef<HTMLDivElement>(null);
  const running = useRef<{ stop(): void } | undefined>(undefined);
  /** Grows with every start and stop: a camera that comes up after it was stopped is stopped at once. */
  const wanted = useRef(0);
  const [camera, setCamera] = useState<Camera>('off');
  const [problem, setProblem] = useState<Problem>();
  const [pasted, setPasted] = useState('');

  const stop = () => {
    wanted.current++;
    running.current?.stop();
    running.current = undefined;
    setCamera('off');
  };
  const found = (code: string) => {
    stop();
    onText(code);
  };
  const start = async () => {
    if (host.current === null) return;
    const mine = ++wanted.current;
    setProblem(undefined);
    setCamera('starting');
    // What a camera says after it was stopped is not listened to.
    const started = await engine.start(
      host.current,
      (code) => mine === wanted.current && found(code),
      (later) => {
        if (mine !== wanted.current) return;
        stop();
        setProblem(later);
      },
    );
    if (mine !== wanted.current) {
      if (started.ok) started.value.stop();
      return;
    }
    if (started.ok) {
      running.current = started.value;
      setCamera('on');
    } else {
      setCamera('off');
      setProblem(started.error);
    }
  };
  useEffect(() => {
    if (starts > 0) void start();
  }, [starts]);
  useEffect(
    () => () => {
      wanted.current++;
      running.current?.stop();
    },
    [],
  );

  const chooseImage = async (input: HTMLInputElement) => {
    const file = input.files?.[0];
    input.value = '';
    if (file === undefined) return;
    setProblem(undefined);
    const read = await engine.decodeImage(file);
    if (read.ok) found(read.value);
    else setProblem(read.error);
  };
  const submitText = (event: Event) => {
    event.preventDefault();
    const code = pasted.trim();
    if (code === '') setProblem('noText');
    else {
      setProblem(undefined);
      setPasted('');
      found(code);
    }
  };
  const says: ReasonText | undefined = problem && text.scanner[problem];

  return (
    <div class="scan">
      <div class="scan-view">
        <div class="host" ref={host} aria-hidden="true" />
        {camera === 'off' && (
          <div class="scan-idle">
            <CodeOutline />
            <button type="button" class="button" onClick={() => void start()}>
              {text.scanner.start}
            </button>
          </div>
        )}
        {camera === 'on' && (
          <div class="scan-corners" aria-hidden="true">
            <i />
            <i />
            <i />
            <i />
          </div>
        )}
        {camera !== 'off' && (
          <p class="scan-state" role="status">
            {camera === 'starting' ? text.scanner.starting : text.scanner.looking}
          </p>
        )}
      </div>
      {camera === 'on' && <p class="hint">{text.scanner.hold}</p>}
      {says && <Notice tone="careful" says={says} />}
      <div class="scan-ways">
        {camera !== 'off' && (
          <button type="button" class="button quiet" onClick={stop}>
            {text.scanner.stop}
          </button>
        )}
        <label class="button quiet scan-file">
          {text.scanner.chooseImage}
          <input type="file" accept="image/*" onChange={(event) => void chooseImage(event.currentTarget)} />
        </label>
      </div>
      <details class="scan-paste">
        <summary class="button quiet">{text.scanner.paste}</summary>
        <form class="scan-text" onSubmit={submitText}>
          <div class="field">
            <label for="scan-text">{text.scanner.pasteLabel}</label>
            <textarea
              id="scan-text"
              class="input"
              dir="ltr"
              rows={2}
              maxLength={8192}
              spellcheck={false}
              autocomplete="off"
              autocapitalize="off"
              aria-describedby="scan-text-hint"
              value={pasted}
              onInput={(event) => setPasted(event.currentTarget.value)}
            />
            <p class="hint" id="scan-text-hint">
              {text.scanner.pasteHint}
            </p>
          </div>
          <button type="submit" class="button quiet">
            {text.scanner.checkText}
          </button>
        </form>
      </details>
    </div>
  );
}
