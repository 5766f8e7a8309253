// What can be issued: one configuration, the identity. Names of the wire stand here and nowhere else.

/** SECURITY: a password alone is not enough to carry a whole identity away. */
export const credentialLevel = 'substantial';

export const identityConfiguration = {
  id: 'identity_sd_jwt_vc',
  /** At /authorize, for wallets that log the person in. */
  scope: 'identity_credential',
  /** `vct`: the kind of credential, for ever. A change of meaning is a new number. */
  type: 'urn:tawthiq:vct:identity:1',
  /** When a wallet asks by authorization_details it is given this name for the one data set there is. */
  identifier: 'identity',
} as const;

/** Claims of the credential, by the provider's names (worker/openid/claims.ts); each can be shown alone. */
export const identityClaims = [
  'name#ar',
  'name#en',
  'birthdate',
  'age_over_15',
  'age_over_18',
  'age_over_21',
  'gender',
  'nationalities',
  'unified_number',
] as const;

const claimNames: Readonly<Record<(typeof identityClaims)[number], readonly [ar: string, en: string]>> = {
  'name#ar': ['الاسم', 'Name in Arabic'],
  'name#en': ['الاسم باللاتينية', 'Name'],
  birthdate: ['تاريخ الميلاد', 'Date of birth'],
  age_over_15: ['العمر ١٥ فأكثر', '15 or older'],
  age_over_18: ['العمر ١٨ فأكثر', '18 or older'],
  age_over_21: ['العمر ٢١ فأكثر', '21 or older'],
  gender: ['الجنس', 'Sex'],
  nationalities: ['الجنسية', 'Nationality'],
  unified_number: ['الرقم الموحد', 'Unified number'],
};

/** Credentials in one request, each for a key of its own, so that verifiers cannot compare them. */
export const batchSize = 10;

export const vciPaths = {
  metadata: '/.well-known/openid-credential-issuer',
  offer: '/openid4vci/offers/:handle',
  /** For everybody: whoever takes it up logs in. */
  openOffer: '/openid4vci/offer',
  nonce: '/openid4vci/nonce',
  credential: '/openid4vci/credential',
} as const;

/** Credential Issuer Metadata (OpenID4VCI 1.0 §12.2). */
export function issuerMetadata(issuer: string): Readonly<Record<string, unknown>> {
  const names = (ar: string, en: string) => [
    { name: ar, locale: 'ar' },
    { name: en, locale: 'en' },
  ];
  return {
    credential_issuer: issuer,
    credential_endpoint: issuer + vciPaths.credential,
    nonce_endpoint: issuer + vciPaths.nonce,
    batch_credential_issuance: { batch_size: batchSize },
    display: names('توثيق', 'Tawthiq'),
    credential_configurations_supported: {
      [identityConfiguration.id]: {
        format: 'dc+sd-jwt',
        scope: identityConfiguration.scope,
        vct: identityConfiguration.type,
        cryptographic_binding_methods_supported: ['jwk'],
        credential_signing_alg_values_supported: ['ES256'],
        proof_types_supported: { jwt: { proof_signing_alg_values_supported: ['ES256'] } },
        credential_metadata: {
          display: names('الهوية الرقمية', 'Digital identity'),
          claims: identityClaims.map((name) => ({ path: [name], display: names(...claimNames[name]) })),
        },
      },
    },
  };
}
