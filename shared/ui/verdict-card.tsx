// The verdict: what came out, why, and what to do; whom to compare; how old the lists are. Shows claims of accepted codes only.
import { useEffect, useRef } from 'preact/hooks';
import { reasonText } from '../i18n/catalogue.ts';
import { formatInstant } from '../i18n/format.ts';
import { claimRows } from './claim-rows.ts';
import { useLocale } from './locale-context.tsx';
import { Seal } from './shapes.tsx';

export type Outcome = 'accepted' | 'rejected' | 'undecided';

export type ShownVerdict = {
  readonly outcome: Outcome;
  /** The check that failed. */
  readonly check?: string | undefined;
  readonly profile?: 'S' | 'D' | 'C' | 'A' | undefined;
  readonly context: 'counter' | 'gate' | 'border' | 'age';
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
  /** Where the face can be loaded from: a blob: or data: address that the caller made and takes back. */
  readonly faceUrl?: string | undefined;
  /** There is a face, in a format that no browser draws. */
  readonly faceNotShown?: boolean | undefined;
  readonly ages: {
    readonly trustListSeconds?: number | null | undefined;
    readonly statusListSeconds?: number | null | undefined;
  };
  /** Epoch seconds. */
  readonly at: number;
};

type CardProps = {
  readonly verdict: ShownVerdict;
  /** The level of its heading: `h1` where it is the whole screen. */
  readonly heading?: 'h1' | 'h2';
};

/** Takes the focus when it appears, so that a screen reader reads the outcome first. */
export function VerdictCard({ verdict, heading: Heading = 'h2' }: CardProps) {
  const { locale, text } = useLocale();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), [verdict]);
  const accepted = verdict.outcome === 'accepted';
  // SECURITY: a copy can be passed on, so it never looks like a live code: another title, seal and colour.
  const shown = accepted && verdict.profile === 'S' ? 'copy' : verdict.outcome;
  const words = text.outcomes[shown];
  return (
    <section class={`card verdict ${shown}`} aria-labelledby="verdict-title">
      <div class="verdict-head">
        <Seal shape={shown} />
        <div>
          <p class="short">{words.short}</p>
          <Heading id="verdict-title" ref={title} tabIndex={-1}>
            {words.title}
          </Heading>
        </div>
      </div>
      <div class="verdict-body">
        {!accepted && <Why check={verdict.check ?? ''} />}
        {accepted && <Person verdict={verdict} />}
        <dl class="verdict-lists facts">
          <ListAge label={text.verdict.lists.trust} seconds={verdict.ages.trustListSeconds} />
          <ListAge label={text.verdict.lists.status} seconds={verdict.ages.statusListSeconds} />
        </dl>
        <p class="hint">{text.verdict.checkedAt(formatInstant(locale, verdict.at))}</p>
      </div>
    </section>
  );
}

function Why({ check }: { readonly check: string }) {
  const { text } = useLocale();
  const reason = reasonText(text, check, 'check');
  return (
    <div class="verdict-why">
      <p class="what">{reason.what}</p>
      <p>{reason.next}</p>
    </div>
  );
}

function Person({ verdict }: { readonly verdict: ShownVerdict }) {
  const { locale, text } = useLocale();
  const { profile, claims, faceUrl, faceNotShown, context } = verdict;
  const rows = claims === undefined ? [] : claimRows(claims, text, locale);
  const copy = profile === 'S';
  // An age says nothing of whose it is; the face of a copy is there to be compared in every context.
  const compared = copy || context !== 'age';
  return (
    <>
      {copy && <p class="verdict-why">{faceUrl === undefined ? text.verdict.copyUnseen : text.verdict.copyWarning}</p>}
      {profile !== undefined && !copy && <p class="verdict-profile">{text.verdict.profiles[profile]}</p>}
      <div class={compared ? 'verdict-person' : 'stack'}>
        {compared &&
          (faceUrl === undefined ? (
            <p class="verdict-face verdict-noface">{faceNotShown ? text.verdict.faceNotShown : text.verdict.noFace}</p>
          ) : (
            <img class="verdict-face" src={faceUrl} alt={text.verdict.faceOf} width={176} height={176} />
          ))}
        {rows.length === 0 ? (
          <p>{text.verdict.noClaims}</p>
        ) : (
          <dl class="facts">
            {rows.map((row, i) => (
              <div key={row.label} class={i === 0 ? 'first' : undefined}>
                <dt>{row.label}</dt>
                <dd>
                  <bdi dir={row.dir}>{row.value}</bdi>
                </dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </>
  );
}

type ListAgeProps = { readonly label: string; readonly seconds: number | null | undefined };

function ListAge({ label, seconds }: ListAgeProps) {
  const { text } = useLocale();
  const known = seconds !== undefined && seconds !== null;
  return (
    <div>
      <dt>{label}</dt>
      <dd>{known ? text.verdict.lists.age(seconds) : text.verdict.lists.never}</dd>
    </div>
  );
}
