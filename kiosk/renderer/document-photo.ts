// A picture from the kiosk's camera as a JPEG that fits: smaller or coarser until it does. Knows no screen and no act.

const widestPixels = 1600;
const qualities = [0.85, 0.7, 0.55, 0.4];
const widths = [1, 0.75, 0.55];

/** At most `maxBytes`, or undefined when nothing can be read from the camera, or the picture does not get small enough. */
export async function jpegOfVideo(video: HTMLVideoElement, maxBytes: number): Promise<Uint8Array | undefined> {
  const { videoWidth, videoHeight } = video;
  if (videoWidth === 0 || videoHeight === 0) return undefined;
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (context === null) return undefined;
  for (const share of widths) {
    const scale = Math.min(1, widestPixels / videoWidth) * share;
    canvas.width = Math.round(videoWidth * scale);
    canvas.height = Math.round(videoHeight * scale);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    for (const quality of qualities) {
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality));
      if (blob === null) return undefined;
      if (blob.size <= maxBytes) {
        // The picture is a person's document: it stays in no canvas.
        canvas.width = 0;
        return new Uint8Array(await blob.arrayBuffer());
      }
    }
  }
  return undefined;
}
