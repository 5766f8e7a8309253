// The page's camera: html5-qrcode for the picture, zxing-wasm behind the BarcodeDetector interface for the code.
import { BarcodeDetector, prepareZXingModule } from 'barcode-detector/ponyfill';
import { Html5Qrcode } from 'html5-qrcode';
import { err, ok } from '../../../shared/base/result.ts';
import { cameraProblemOf, maxImageBytes, type ScanEngine } from '../../../shared/ui/scan-engine.ts';

/** html5-qrcode decodes at the element's CSS size, so the element is as wide as the camera's picture and scaled down for the eye. */
const decodedWidth = 1280;

/** `wasmUrl`: zxing_reader.wasm of the very zxing-wasm that barcode-detector was built with. */
export function html5QrcodeEngine(wasmUrl: string): ScanEngine {
  let prepared: Promise<boolean> | undefined;
  const prepare = () => {
    prepared ??= prepareZXingModule({
      overrides: { locateFile: (name: string, prefix: string) => (name.endsWith('.wasm') ? wasmUrl : prefix + name) },
      fireImmediately: true,
    }).then(
      () => true,
      () => {
        prepared = undefined;
        return false;
      },
    );
    // html5-qrcode looks for the detector on the window, and falls back silently to a far weaker decoder without it.
    Object.assign(window, { BarcodeDetector });
    return prepared;
  };

  return {
    async start(host, onText, onProblem) {
      if (!(await prepare())) return err('decoderFailed');
      const box = document.createElement('div');
      box.id = 'scan-camera';
      box.dir = 'ltr';
      Object.assign(box.style, { position: 'absolute', insetBlockStart: '0', left: '0', width: `${decodedWidth}px` });
      host.replaceChildren(box);
      const scanner = new Html5Qrcode(box.id, {
        formatsToSupport: [0],
        useBarCodeDetectorIfSupported: true,
        experimentalFeatures: { useBarCodeDetectorIfSupported: true },
        verbose: false,
      });
      const size = { width: { ideal: decodedWidth }, height: { ideal: 720 } };
      let stopped = false;
      const coverHost = () => cover(box, host);
      const stop = () => {
        if (stopped) return;
        stopped = true;
        removeEventListener('resize', coverHost);
        void scanner
          .stop()
          .catch(() => {})
          .then(() => box.remove());
      };
      try {
        await scanner.start(
          { facingMode: 'environment' },
          { fps: 15, disableFlip: true, videoConstraints: { facingMode: 'environment', ...size } },
          (text, { result }) => {
            if (stopped) return;
            document.documentElement.dataset['decoder'] = result.debugData?.decoderName ?? '';
            onText(text);
          },
          () => {},
        );
      } catch (thrown) {
        box.remove();
        return err(cameraProblemOf(thrown));
      }
      const video = box.querySelector('video');
      // html5-qrcode says "started" before the picture moves, and breaks when it is stopped in between.
      if (video !== null) await playing(video);
      const [track] = video?.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks() : [];
      track?.addEventListener('ended', () => {
        if (stopped) return;
        stop();
        onProblem('cameraFailed');
      });
      addEventListener('resize', coverHost);
      coverHost();
      return ok({ stop });
    },

    async decodeImage(file) {
      if (file.size > maxImageBytes) return err('imageUnreadable');
      if (!(await prepare())) return err('decoderFailed');
      let picture: ImageBitmap;
      try {
        picture = await createImageBitmap(file);
      } catch {
        return err('imageUnreadable');
      }
      const [found] = await new BarcodeDetector({ formats: ['qr_code'] }).detect(picture).catch(() => []);
      picture.close();
      return found === undefined ? err('imageWithoutCode') : ok(found.rawValue);
    },
  };
}

/** When the first frame is there; a camera that gives none is not waited for longer than this. */
function playing(video: HTMLVideoElement): Promise<void> {
  return new Promise((resolve) => {
    if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) resolve();
    video.addEventListener('playing', () => resolve(), { once: true });
    setTimeout(resolve, 8_000);
  });
}

/** As `object-coverHost: cover` would do it: transforms do not change the size that html5-qrcode measures. */
function cover(box: HTMLElement, host: HTMLElement): void {
  const height = box.offsetHeight || (decodedWidth * 9) / 16;
  const scale = Math.max(host.clientWidth / decodedWidth, host.clientHeight / height);
  const x = (host.clientWidth - decodedWidth * scale) / 2;
  const y = (host.clientHeight - height * scale) / 2;
  box.style.transformOrigin = '0 0';
  box.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
}
