// Ten fingers as the hands lie on a table, one or several of them chosen: the left one's little finger first, in both directions of
// writing.
import { useLocale } from '../../../shared/ui/locale-context.tsx';
import type { Finger } from '../finger-sets.ts';

const hands = [
  { name: 'left', fingers: [10, 9, 8, 7, 6] },
  { name: 'right', fingers: [1, 2, 3, 4, 5] },
] as const satisfies readonly { name: 'left' | 'right'; fingers: readonly Finger[] }[];

type Props = {
  readonly chosen: readonly Finger[];
  /** How many may be chosen; one unless told. */
  readonly atOnce?: number | undefined;
  /** Marked as the one that is likely to match. */
  readonly best?: number | undefined;
  readonly disabled: boolean;
  readonly choose: (finger: Finger) => void;
};

export function HandPicker({ chosen, atOnce = 1, best, disabled, choose }: Props) {
  const { text } = useLocale();
  const words = text.kiosk.capture;
  return (
    <fieldset class="hands">
      <legend>{atOnce > 1 ? words.chooseSeveral(atOnce) : words.choose}</legend>
      <div class="hands-pair" dir="ltr">
        {hands.map(({ name, fingers }) => (
          <div key={name}>
            <div class="hand">
              {fingers.map((position) => (
                <label key={position} class={`finger f${position}`}>
                  <input
                    type={atOnce > 1 ? 'checkbox' : 'radio'}
                    name="finger"
                    checked={chosen.includes(position)}
                    disabled={disabled}
                    onChange={() => choose(position)}
                  />
                  <span class="finger-shape">{best === position ? <b aria-hidden="true">★</b> : null}</span>
                  <span class="visually-hidden">
                    {words.fingers[position]}
                    {best === position ? ` (${words.best})` : ''}
                  </span>
                </label>
              ))}
            </div>
            <p class="hand-name" aria-hidden="true">
              {words.hands[name]}
            </p>
          </div>
        ))}
      </div>
    </fieldset>
  );
}
