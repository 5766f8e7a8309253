// What an activation brings: the identity code as a QR, and the one-time code for the person's phone.
import { encodeQR } from 'qr';
import { setupPath } from '../../../shared/contract/public-paths.ts';
import { formatDate } from '../../../shared/i18n/format.ts';
import { useLocale } from '../../../shared/ui/locale-context.tsx';

/** Where the code is used: a page of the edge, at this address. */
type Place = { readonly edge: string };

type IssuedParts = {
  readonly credential?: { readonly text: string; readonly expiresAt: number } | undefined;
  readonly setup?: { readonly code: string; readonly expiresAt: number } | undefined;
  readonly purpose?: 'recover' | undefined;
};

/** `now`: epoch seconds. */
export function Issued({ credential, setup, purpose, edge, now }: IssuedParts & Place & { readonly now: number }) {
  const { locale, text } = useLocale();
  const words = text.kiosk.result;
  const live = setup && setup.expiresAt > now ? setup : undefined;
  return (
    <div class="issued">
      {credential && (
        <figure class="card issued-code">
          <Qr text={credential.text} label={words.credentialAlt} alphanumeric />
          <figcaption>
            <p>{words.credential}</p>
            <p class="copy">{text.verdict.profiles.S}</p>
            <p class="hint">
              {words.validUntil(formatDate(locale, new Date(credential.expiresAt * 1000).toISOString().slice(0, 10)))}
            </p>
          </figcaption>
        </figure>
      )}
      {setup && !live && <p class="card issued-code no-print">{words.setupExpired}</p>}
      {live && (
        // On paper only for who has no phone to photograph it with.
        <figure class={purpose ? 'card issued-code' : 'card issued-code no-print'}>
          <Qr text={live.code} label={words.setup} />
          <figcaption>
            <p>{words.setup}</p>
            <p class="code setup-code">{live.code}</p>
            <p class="hint">{words.setupHint(live.expiresAt - now)}</p>
            <p class="hint">
              {words.setupAt} <bdi class="code">{edge + setupPath}</bdi>
            </p>
          </figcaption>
        </figure>
      )}
    </div>
  );
}

type QrProps = { readonly text: string; readonly label: string; readonly alphanumeric?: boolean };

const quietZone = 4;

/** Level M, as for paper; drawn as one path, since no text may become HTML here. */
function Qr({ text, label, alphanumeric = false }: QrProps) {
  const encoding = alphanumeric ? 'alphanumeric' : 'byte';
  const rows = encodeQR(text, 'raw', { ecc: 'medium', encoding, border: quietZone, scale: 1 });
  const whole = rows.length;
  let path = '';
  rows.forEach((row, y) => {
    row.forEach((dark, x) => {
      if (dark) path += `M${x} ${y}h1v1h-1z`;
    });
  });
  return (
    <svg class="qr" viewBox={`0 0 ${whole} ${whole}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path fill="#fff" d={`M0 0h${whole}v${whole}H0z`} />
      <path fill="#000" d={path} />
    </svg>
  );
}
