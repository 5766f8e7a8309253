// Nominal types for values that must not be mixed up. A brand is given at the boundary that checked the value.

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Seconds since 1970-01-01T00:00:00Z, whole (RFC 8392 NumericDate). */
export type EpochSeconds = Brand<number, 'EpochSeconds'>;

/** How a person is named everywhere inside: three hex digits of bucket, then 22 base64url characters of randomness. */
export type SubjectId = Brand<string, 'SubjectId'>;

/** Ten digits, the last a Luhn check digit. Only the registry, activation and authn see one. */
export type UnifiedNumber = Brand<string, 'UnifiedNumber'>;

/** 0 to 4095: the first 12 bits of HMAC-SHA-256(secret, number); the shard map folds it on the shards. */
export type Bucket = Brand<number, 'Bucket'>;

export function epochSeconds(value: number): EpochSeconds {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('epoch seconds must be a whole number from 0');
  return value as EpochSeconds;
}

/** Milliseconds of a clock, as handed in by the caller, to whole seconds. */
export function epochSecondsOfMs(ms: number): EpochSeconds {
  return epochSeconds(Math.floor(ms / 1000));
}
