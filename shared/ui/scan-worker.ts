// The decoder's own thread: a picture in, the text of its QR code out. Its WebAssembly lies beside it; nothing else is fetched.
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { type ImageProblem, maxImageSide } from './scan-engine.ts';

export type ScanQuestion = { readonly id: number; readonly image: ImageBitmap | Blob };
export type ScanAnswer = { readonly id: number; readonly text?: string; readonly problem?: ImageProblem };

type WorkerScope = {
  onmessage: ((event: MessageEvent<ScanQuestion>) => void) | null;
  postMessage(answer: ScanAnswer): void;
};
const scope = globalThis as unknown as WorkerScope;

prepareZXingModule({
  overrides: { locateFile: (name: string) => new URL(name, import.meta.url).href },
  fireImmediately: true,
}).catch(() => {
  // Said again, and answered, with the first question.
});

scope.onmessage = ({ data: { id, image } }) => {
  void answer(image).then((said) => scope.postMessage({ id, ...said }));
};

async function answer(image: ImageBitmap | Blob): Promise<Omit<ScanAnswer, 'id'>> {
  let pixels: ImageData;
  try {
    pixels = pixelsOf(image instanceof ImageBitmap ? image : await createImageBitmap(image));
  } catch {
    return { problem: 'imageUnreadable' };
  }
  try {
    const [found] = await readBarcodes(pixels, { formats: ['QRCode'], tryHarder: true, maxNumberOfSymbols: 1 });
    return found === undefined || !found.isValid ? {} : { text: found.text };
  } catch {
    return { problem: 'decoderFailed' };
  }
}

function pixelsOf(bitmap: ImageBitmap): ImageData {
  const scale = Math.min(1, maxImageSide / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (canvas === null) throw new Error('no canvas');
  canvas.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return canvas.getImageData(0, 0, width, height);
}
