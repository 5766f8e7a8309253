// The address under which a browser draws the face of a credential. Knows no credential: format and bytes come in.

/** What browsers draw; JPEG 2000 they do not. */
const drawable: ReadonlySet<string> = new Set(['webp', 'png', 'jpeg', 'avif']);

/** Its media type, or undefined for a format that no browser draws: then the screen says that there is a picture it cannot show. */
export function drawableType(format: string): string | undefined {
  return drawable.has(format) ? `image/${format}` : undefined;
}

/** As a data: address, of `bytes` in base64url. */
export function faceAddress(face: { readonly format: string; readonly bytes: string }): string | undefined {
  const type = drawableType(face.format);
  return type && `data:${type};base64,${face.bytes.replaceAll('-', '+').replaceAll('_', '/')}`;
}
