// Shapes of the provider's forms and answers for the reference and its test. The provider itself parses parameter by parameter, in the
// order of its tables, because OAuth has a code of its own for each that is wrong.
import * as z from 'zod';
import { responseModes } from '../openid/authorize/request.ts';

const acr = z.string().meta({ examples: ['urn:tawthiq:loa:substantial'] });
const spaced = z.string().meta({ description: 'words, separated by spaces' });
const seconds = z.int().min(0);

export const OAuthRefusal = z.looseObject({ error: z.string(), error_description: z.string().optional() });

/** OpenID Connect Core §3.1.2.1, RFC 7636, RFC 9101, RFC 9126, RFC 9449 §10. */
export const AuthorizationParams = z.object({
  client_id: z.string(),
  redirect_uri: z.string(),
  response_type: z.literal('code'),
  scope: spaced,
  state: z.string().optional(),
  nonce: z.string().optional(),
  code_challenge: z.string().optional(),
  code_challenge_method: z.literal('S256').optional(),
  response_mode: z.enum(responseModes).optional(),
  prompt: z.string().optional(),
  max_age: z.string().optional(),
  acr_values: acr.optional(),
  claims: z.string().optional().meta({ description: 'a JSON object (Core §5.5)' }),
  authorization_details: z
    .string()
    .optional()
    .meta({ description: 'a JSON list (RFC 9396): openid_credential, for wallets' }),
  login_hint: z.string().optional(),
  id_token_hint: z.string().optional(),
  ui_locales: z.string().optional(),
  resource: z.string().optional(),
  dpop_jkt: z.string().optional(),
  request: z.string().optional().meta({ description: 'a signed request object' }),
  request_uri: z.string().optional().meta({ description: 'what /par gave' }),
});

/** Secret or assertion, where they are in the form (RFC 6749 §2.3.1, RFC 7523 §2.2). */
const clientInForm = {
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  client_assertion_type: z.string().optional(),
  client_assertion: z.string().optional(),
};

export const PushedParams = z.object({
  ...AuthorizationParams.omit({ request_uri: true }).partial().shape,
  ...clientInForm,
});
export const PushedAnswer = z.object({ request_uri: z.string(), expires_in: seconds });

export const TokenForm = z.object({
  ...clientInForm,
  grant_type: z.string(),
  code: z.string().optional(),
  redirect_uri: z.string().optional(),
  code_verifier: z.string().optional(),
  refresh_token: z.string().optional(),
  auth_req_id: z.string().optional(),
  device_code: z.string().optional(),
  authorization_details: z.string().optional(),
  scope: z.string().optional(),
  resource: z.string().optional(),
});
export const TokenAnswer = z.looseObject({
  access_token: z.string(),
  token_type: z.enum(['Bearer', 'DPoP']),
  expires_in: seconds,
  scope: z.string().optional(),
  id_token: z.string().optional(),
  refresh_token: z.string().optional(),
});

export const UserinfoAnswer = z.looseObject({ sub: z.string() });
export const TokenQuestion = z.object({
  ...clientInForm,
  token: z.string(),
  token_type_hint: z.string().optional(),
});
export const IntrospectionAnswer = z.looseObject({
  active: z.boolean(),
  sub: z.string().optional(),
  client_id: z.string().optional(),
  scope: z.string().optional(),
  exp: seconds.optional(),
  acr: acr.optional(),
  auth_time: seconds.optional(),
});

export const DeviceForm = z.object({ ...clientInForm, scope: spaced, acr_values: acr.optional() });
export const DeviceAnswer = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  verification_uri_complete: z.string(),
  expires_in: seconds,
  interval: seconds,
});

/** CIBA Core §7.1. */
export const BackchannelForm = z.object({
  ...clientInForm,
  scope: spaced.optional(),
  login_hint: z.string().optional().meta({ description: 'a unified number' }),
  id_token_hint: z.string().optional(),
  acr_values: acr.optional(),
  binding_message: z.string().max(100).optional(),
  user_code: z.string().optional(),
  requested_expiry: z.string().optional(),
  client_notification_token: z.string().optional(),
  request: z.string().optional(),
});
export const BackchannelAnswer = z.looseObject({
  auth_req_id: z.string(),
  expires_in: seconds,
  interval: seconds,
  /** What the service shows and the person types in the wallet. */
  match_code: z.string().regex(/^(\d{2}|\d{6})$/),
});

export const LogoutParams = z.object({
  id_token_hint: z.string().optional(),
  client_id: z.string().optional(),
  post_logout_redirect_uri: z.string().optional(),
  state: z.string().optional(),
  ui_locales: z.string().optional(),
});

/** RFC 8414 §2; everything else is in the document itself. */
export const Metadata = z.looseObject({
  issuer: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  jwks_uri: z.string(),
  acr_values_supported: z.array(acr),
  grant_types_supported: z.array(z.string()),
  scopes_supported: z.array(z.string()),
});
export const Jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string(), alg: z.string() })) });

/** The facade's own words (worker/openid/facade). */
export const FacadeBegun = z.object({ transId: z.string(), random: z.string().regex(/^(\d{2}|\d{6})$/) });
export const FacadeStanding = z.looseObject({ status: z.enum(['WAITING', 'COMPLETED', 'REJECTED', 'EXPIRED']) });
export const FacadeRefused = z.looseObject({ code: z.string().optional(), message: z.string().optional() });
