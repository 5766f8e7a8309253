// Ten fingers as the hands lie on a table, one of them chosen: the left one's little finger first, in both directions of writing.
import { useLocale } from '../../../shared/ui/locale-context.tsx';

export type Finger = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

const hands = [
  { name: 'left', fingers: [10, 9, 8, 7, 6] },
  { name: 'right', fingers: [1, 2, 3, 4, 5] },
] as const satisfies readonly { name: 'left' | 'right'; fingers: readonly Finger[] }[];

type Props = {
  readonly chosen: Finger;
  /** Marked as the one that is likely to match. */
  readonly best?: number | undefined;
  readonly disabled: boolean;
  readonly choose: (finger: Finger) => void;
};

export function HandPicker({ chosen, best, disabled, choose }: Props) {
  const { text } = useLocale();
  const words = text.kiosk.capture;
  return (
    <fieldset class="hands">
      <legend>{words.choose}</legend>
      <div class="hands-pair" dir="ltr">
        {hands.map(({ name, fingers }) => (
          <div key={name}>
            <div class="hand">
              {fingers.map((position) => (
                <label key={position} class={`finger f${position}`}>
                  <input
                    type="radio"
                    name="finger"
                    checked={chosen === position}
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
