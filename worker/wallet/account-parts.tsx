// The pieces that the account page is made of: a button that does one thing, a section, a time as the country's clocks show it.
import type { Child } from 'hono/jsx';
import { epochSeconds } from '../../shared/base/brands.ts';
import { formatDate, formatInstant } from '../../shared/i18n/format.ts';
import type { Frame } from '../openid/pages/layout.tsx';
import { civilDateAt } from '../registry/calendar.ts';
import type { AccountView } from './account-view.ts';

export const accountPath = '/account';
/** Times are shown as the country's clocks show them. */
const timeZone = 'Asia/Riyadh';

export type AccountFrame = Pick<Frame, 'locale' | 'otherLanguage'>;
export type Common = { readonly frame: AccountFrame };

export const at = (frame: AccountFrame, act: string) => `${accountPath}/${act}?lang=${frame.locale}`;
export const when = (frame: AccountFrame, seconds: number) => (
  <time datetime={new Date(seconds * 1000).toISOString()}>{formatInstant(frame.locale, seconds, timeZone)}</time>
);

/** The day on which something is over, as the consent page says it. */
export const day = (frame: AccountFrame, seconds: number) => {
  const date = civilDateAt(epochSeconds(seconds));
  // The era stays with its year: on a narrow screen it would stand in a line of its own.
  return <time datetime={date}>{formatDate(frame.locale, date).replace(' هـ', '\u00a0هـ')}</time>;
};

export type Part = Common & { readonly view: AccountView };

export function Act(
  props: Common & {
    readonly act: string;
    readonly object: string;
    readonly text: string;
    /** What the button is about, for whoever hears it alone. */
    readonly about: string;
    readonly grave?: boolean;
  },
) {
  return (
    <form class="plain" method="post" action={at(props.frame, props.act)}>
      <input type="hidden" name="object" value={props.object} />
      <button type="submit" class={props.grave ? 'grave' : 'quiet'} aria-label={`${props.text}: ${props.about}`}>
        {props.text}
      </button>
    </form>
  );
}

export function Section(props: { readonly id: string; readonly heading: string; readonly children: Child }) {
  return (
    <section aria-labelledby={props.id}>
      <h2 id={props.id}>{props.heading}</h2>
      {props.children}
    </section>
  );
}
