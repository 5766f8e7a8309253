// What a service shows of itself on a login page: its logo as the authority saw it, and where its policy and its terms are.

import type { Client } from '../../clients/client.ts';
import { logoPathOf } from '../../clients/logo.ts';
import { type Locale, texts } from './texts.ts';

/** Nothing is said of it: its name follows. */
export function ServiceLogo({ client }: { readonly client: Pick<Client, 'logo'> }) {
  return client.logo ? <img class="logo" src={logoPathOf(client.logo)} alt="" width={56} height={56} /> : null;
}

/** The service's own addresses, which the authority saw: in a window of their own, so that the question stays. */
export function ServiceLinks({
  client,
  locale,
}: {
  readonly client: Pick<Client, 'metadata'>;
  readonly locale: Locale;
}) {
  const t = texts[locale];
  const { policy_uri: policy, tos_uri: terms } = client.metadata;
  const links = [
    [t.servicePolicy, policy],
    [t.serviceTerms, terms],
  ] as const;
  if (links.every(([, uri]) => uri === undefined)) return null;
  return (
    <ul class="links">
      {links.map(([text, uri]) =>
        uri === undefined ? null : (
          <li>
            <a href={uri} target="_blank" rel="noopener noreferrer">
              {text}
            </a>
          </li>
        ),
      )}
    </ul>
  );
}
