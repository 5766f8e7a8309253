// Texts that strangers send to the provider and its neighbours: whatever they are, they are read or refused, never thrown at.
import fc from 'fast-check';
import { parametersOfChallenge } from '../../shared/assurance/step-up.ts';
import { parseUserCode } from '../../worker/authn/user-code-form.ts';
import { isResource } from '../../worker/clients/resource.ts';
import { isLoginId } from '../../worker/logins/handle.ts';
import { paramsOf } from '../../worker/openid/authorize/request.ts';
import { loginIdOf, transIdOf } from '../../worker/openid/facade/transaction.ts';
import { resourcesOf } from '../../worker/openid/resources.ts';

const texts = fc.oneof(fc.string({ maxLength: 400 }), fc.string({ unit: 'binary', maxLength: 200 }), fc.webUrl());
const challenges = fc
  .tuple(texts, texts)
  .map(([acr, age]) => `Bearer error="insufficient_user_authentication", acr_values="${acr}", max_age="${age}"`);

export const challengeProperty = fc.property(fc.oneof(texts, challenges), (header) => {
  const read = parametersOfChallenge(header);
  return read === undefined || (!/["\\]/.test(read.acr_values ?? '') && /^\d*$/.test(read.max_age ?? ''));
});

export const userCodeProperty = fc.property(texts, (text) => {
  const code = parseUserCode(text);
  return code === undefined || (/^[A-Za-z0-9]{4,16}$/.test(code) && parseUserCode(code) === code);
});

/** Whatever is accepted has one spelling and no part that a look-alike could hide in. */
export const resourceProperty = fc.property(fc.array(texts, { maxLength: 4 }), (values) => {
  const search = new URLSearchParams(values.map((value) => ['resource', value]));
  const named = resourcesOf(paramsOf(search));
  return (
    !named.ok ||
    named.value.every(
      (one) => isResource(one) && !one.includes('#') && !/[\s@]/.test(one.split('?')[0]?.split('/')[2] ?? ''),
    )
  );
});

export const transactionProperty = fc.property(fc.oneof(texts, fc.uuid()), (text) => {
  const id = loginIdOf(text);
  return id === undefined || (isLoginId(id) && transIdOf(id) === text.toLowerCase());
});

export const openidTextTargets = [
  { name: 'openid: step-up challenge', property: challengeProperty },
  { name: 'openid: user code', property: userCodeProperty },
  { name: 'openid: resource parameter', property: resourceProperty },
  { name: 'openid: transaction of the facade', property: transactionProperty },
];
