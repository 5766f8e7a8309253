// Our own scanner: each frame of the camera, when it is there, goes to a worker that runs zxing-wasm. The page stays free.
import { err, ok, type Result } from '../base/result.ts';
import { cameraProblemOf, type ImageProblem, maxImageBytes, type ScanEngine } from './scan-engine.ts';
import type { ScanAnswer, ScanQuestion } from './scan-worker.ts';

type Waiting = { resolve(answer: Result<string | undefined, ImageProblem>): void };

/** `createWorker` starts scan-worker.js; under Trusted Types only the page may name its address. */
export function cameraEngine(createWorker: () => Worker): ScanEngine {
  let worker: Worker | undefined;
  let asked = 0;
  const waiting = new Map<number, Waiting>();

  function ask(image: ImageBitmap | Blob): Promise<Result<string | undefined, ImageProblem>> {
    const running = worker ?? start();
    const id = ++asked;
    return new Promise((resolve) => {
      waiting.set(id, { resolve });
      const question: ScanQuestion = { id, image };
      running.postMessage(question, image instanceof ImageBitmap ? [image] : []);
    });
  }

  function start(): Worker {
    const made = createWorker();
    made.onmessage = ({ data }: MessageEvent<ScanAnswer>) => {
      const { id, text, problem } = data;
      waiting.get(id)?.resolve(problem === undefined ? ok(text) : err(problem));
      waiting.delete(id);
    };
    made.onerror = () => {
      for (const { resolve } of waiting.values()) resolve(err('decoderFailed'));
      waiting.clear();
      worker = undefined;
    };
    worker = made;
    return made;
  }

  return {
    async decodeImage(file) {
      if (file.size > maxImageBytes) return err('imageUnreadable');
      const read = await ask(file);
      if (!read.ok) return read;
      return read.value === undefined ? err('imageWithoutCode') : ok(read.value);
    },

    async start(host, onText, onProblem) {
      let stream: MediaStream;
      try {
        const wanted = { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } };
        stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: wanted });
      } catch (thrown) {
        return err(cameraProblemOf(thrown));
      }
      const video = document.createElement('video');
      video.muted = true;
      video.playsInline = true;
      video.srcObject = stream;
      host.replaceChildren(video);
      let running = true;
      const stop = () => {
        running = false;
        for (const track of stream.getTracks()) track.stop();
        video.remove();
      };
      stream.getVideoTracks()[0]?.addEventListener('ended', () => {
        if (!running) return;
        stop();
        onProblem('cameraFailed');
      });
      const onFrame = async () => {
        if (!running) return;
        const frame = await createImageBitmap(video).catch(() => undefined);
        const read = frame === undefined ? ok(undefined) : await ask(frame);
        if (!running) return;
        if (!read.ok) {
          stop();
          onProblem('decoderFailed');
          return;
        }
        if (read.value !== undefined) onText(read.value);
        // One frame at a time: the next is asked for when this one is done.
        if (running) video.requestVideoFrameCallback(onFrame);
      };
      try {
        await video.play();
      } catch (thrown) {
        stop();
        return err(cameraProblemOf(thrown));
      }
      video.requestVideoFrameCallback(onFrame);
      return ok({ stop });
    },
  };
}
