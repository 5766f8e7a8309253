// The camera over a document: on, a photo, and again if it is not good. The photo goes to the core at once and stays on no screen.
import { useEffect, useRef, useState } from 'preact/hooks';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { useLocale } from '../../shared/ui/locale-context.tsx';
import { Notice } from '../../shared/ui/notice.tsx';
import type { KioskBridge } from '../bridge/contract.ts';
import { useCall } from './bridge.ts';
import { jpegOfVideo } from './document-photo.ts';
import { FailureNotice } from './failure-notice.tsx';

type Props = { readonly bridge: KioskBridge; readonly activationId: string; readonly taken: boolean };

/** As the contract has it; the renderer takes types alone from there. */
const maxPhotoBytes = 200_000;

export function DocumentCamera({ bridge, activationId, taken }: Props) {
  const { text } = useLocale();
  const words = text.kiosk.exception.photo;
  const video = useRef<HTMLVideoElement>(null);
  const stream = useRef<MediaStream | undefined>(undefined);
  const [camera, setCamera] = useState<'off' | 'starting' | 'on'>('off');
  const [problem, setProblem] = useState<'noCamera' | 'failed'>();
  const keep = useCall(bridge, 'activation.document');

  const stop = () => {
    for (const track of stream.current?.getTracks() ?? []) track.stop();
    stream.current = undefined;
    setCamera('off');
  };
  useEffect(() => stop, []);
  const start = async () => {
    setProblem(undefined);
    setCamera('starting');
    try {
      const wanted = { facingMode: 'environment', width: { ideal: 1920 }, height: { ideal: 1080 } };
      stream.current = await navigator.mediaDevices.getUserMedia({ audio: false, video: wanted });
      if (video.current === null) return stop();
      video.current.srcObject = stream.current;
      await video.current.play();
      setCamera('on');
    } catch {
      stop();
      setProblem('noCamera');
    }
  };
  const take = async () => {
    const jpeg = video.current ? await jpegOfVideo(video.current, maxPhotoBytes) : undefined;
    if (jpeg === undefined) return setProblem('failed');
    stop();
    await keep.run({ activationId, jpeg: encodeBase64Url(jpeg) });
    jpeg.fill(0);
  };
  return (
    <fieldset class="choices document">
      <legend>{words.title}</legend>
      <p class="hint">{words.lead}</p>
      <video
        ref={video}
        class={camera === 'on' ? 'document-view' : 'document-view off'}
        muted
        aria-label={words.shown}
      />
      {problem !== undefined && <Notice tone="bad" says={words[problem]} />}
      <FailureNotice failure={keep.failure} />
      {taken && camera === 'off' && <Notice tone="good" says={words.taken} />}
      <button
        type="button"
        class={taken ? 'button quiet' : 'button'}
        aria-disabled={camera === 'starting' || keep.busy}
        onClick={() => void (camera === 'on' ? take() : start())}
      >
        {camera === 'starting' || keep.busy
          ? text.loading
          : camera === 'on'
            ? words.take
            : taken
              ? words.again
              : words.start}
      </button>
    </fieldset>
  );
}
