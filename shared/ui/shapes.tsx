// The few drawings: the mark, the seals of the outcomes (a shape each, so that colour is never alone), and signs for notices.
import type { Outcome } from './verdict-card.tsx';

const star =
  'M24 1l6.7 6.9 9.6-.2-.2 9.6L47 24l-6.9 6.7.2 9.6-9.6-.2L24 47l-6.7-6.9-9.6.2.2-9.6L1 24l6.9-6.7-.2-9.6 9.6.2z';
const octagon = 'M15 2h18l13 13v18L33 46H15L2 33V15z';
const diamond = 'M24 1l23 23-23 23L1 24z';
const line = { fill: 'none', 'stroke-linecap': 'round', 'stroke-linejoin': 'round' } as const;

/** The product's mark: an eight-pointed star with a tick. */
export function Mark() {
  return (
    <svg viewBox="0 0 48 48" aria-hidden="true">
      <path d={star} fill="currentColor" />
      <path d="M15 24.5l6.5 6.5L34 18" {...line} stroke="#0b5a55" stroke-width="4.5" />
    </svg>
  );
}

const seals = {
  accepted: { outline: star, sign: 'M14.5 24.5l7 7L34.5 18' },
  copy: { outline: star, sign: 'M24 15.500a5 5 0 1 1 0 10 5 5 0 0 1 0-10zM14.500 34.500c1.500-8 17.500-8 19 0' },
  rejected: { outline: octagon, sign: 'M16.5 16.5l15 15m0-15l-15 15' },
  undecided: { outline: diamond, sign: 'M19 19.5c.3-6 10-6 10 0 0 4.300-5 4.300-5 8.500m0 5.500v.1' },
} as const satisfies Record<Outcome | 'copy', { outline: string; sign: string }>;

export type SealShape = keyof typeof seals;

/** Star with a tick: accepted. Star with a head: compare it. Octagon with a cross: rejected. Diamond with a question mark: undecided. */
export function Seal({ shape }: { readonly shape: SealShape }) {
  const { outline, sign } = seals[shape];
  return (
    <svg viewBox="0 0 48 48" aria-hidden="true">
      <path d={outline} fill="currentColor" opacity="0.18" />
      <path
        d={outline}
        {...line}
        stroke="currentColor"
        stroke-width="2"
        stroke-dasharray={shape === 'copy' ? '4 3.500' : undefined}
      />
      <path d={sign} {...line} stroke="currentColor" stroke-width="4.5" />
    </svg>
  );
}

const signs = {
  info: 'M24 22v12m0-20v.1',
  careful: 'M24 13v13m0 8v.1',
  bad: 'M17 17l14 14m0-14L17 31',
  good: 'M15 24.500l6.500 6.500L33 18.500',
} as const;

export type Tone = keyof typeof signs;

export function Sign({ tone }: { readonly tone: Tone }) {
  return (
    <svg viewBox="0 0 48 48" aria-hidden="true">
      <circle cx="24" cy="24" r="21" {...line} stroke="currentColor" stroke-width="4" />
      <path d={signs[tone]} {...line} stroke="currentColor" stroke-width="5" />
    </svg>
  );
}

/** Four corners and a code: where a picture of the camera will be. */
export function CodeOutline() {
  return (
    <svg viewBox="0 0 48 48" aria-hidden="true">
      <path
        d="M3 13V3h10m22 0h10v10m0 22v10H35m-22 0H3V35M13 13h8v8h-8zm14 0h8v8h-8zM13 27h8v8h-8zm14 0h3v3m5-3v3m-8 5h3m5-1v1"
        {...line}
        stroke="currentColor"
        stroke-width="2.500"
      />
    </svg>
  );
}
