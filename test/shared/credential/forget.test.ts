import { describe, expect, it } from 'vitest';
import { blankClaims } from '../../../shared/credential/claims.ts';
import { forgetHolder, verifyCredential } from '../../../shared/credential/verify.ts';
import { issueS, makeWorld, noiseFace, PERSON } from './world.ts';

const world = await makeWorld();
const { text, credentialHash } = await issueS(world, { claims: { ...PERSON, face: noiseFace(40) } });

async function verified() {
  const { credential, claims } = await verifyCredential(text, world.inputs);
  if (credential === undefined || claims === undefined) throw new Error('not accepted');
  return { credential, claims };
}

describe('a verification that is kept', () => {
  it('has nothing of its holder once it has forgotten, and keeps the hash that was asked for', async () => {
    const { credential, claims } = await verified();
    expect(credential.hash).toEqual(credentialHash);
    const face = claims.face?.bytes;
    forgetHolder(credential);
    // A view of the bytes that the code was read into.
    expect(face).toEqual(new Uint8Array(40));
    expect(credential.hash).toEqual(credentialHash);
    for (const [name, value] of Object.entries(PERSON)) {
      expect(JSON.stringify(claims), name).not.toContain(JSON.stringify(value));
    }
    expect(claims.face?.bytes).toHaveLength(0);
  });

  it('gives no hash of what it has forgotten', async () => {
    const { credential } = await verified();
    forgetHolder(credential);
    expect(credential.hash).toHaveLength(0);
  });

  it('says neither claims nor bytes when it is written out as JSON', async () => {
    const { credential } = await verified();
    const written = JSON.parse(JSON.stringify(credential)) as Record<string, unknown>;
    expect(Object.keys(written).sort()).toEqual(
      ['expiresAt', 'issuedAt', 'issuer', 'kid', 'profile', 'statusIndex', 'statusUri'].sort(),
    );
  });

  it('keeps members and their types when its claims are blanked', () => {
    const claims = { id: '1012345672', ageAtLeast: 18, face: noiseFace(3) };
    blankClaims(claims);
    expect(claims).toEqual({ id: '', ageAtLeast: 0, face: { bytes: new Uint8Array(0), format: 'webp' } });
  });
});
