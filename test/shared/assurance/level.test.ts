import { describe, expect, it } from 'vitest';
import { earnedBy, type Method } from '../../../shared/assurance/authentication.ts';
import { acrOf, acrValuesSupported, levelOfAcr, levels, loginLevel, reaches } from '../../../shared/assurance/level.ts';

describe('levels of assurance', () => {
  it('a login is as sure as the lower of authentication and identity', () => {
    expect(loginLevel('high', 'substantial')).toBe('substantial');
    expect(loginLevel('low', 'high')).toBe('low');
    expect(loginLevel('high', 'high')).toBe('high');
    expect(loginLevel('high', 'none')).toBeNull();
  });

  it('our names and those of eIDAS mean the same levels, and nothing else means one', () => {
    for (const level of levels) expect(levelOfAcr(acrOf(level))).toBe(level);
    expect(levelOfAcr('http://eidas.europa.eu/LoA/high')).toBe('high');
    expect(acrValuesSupported).toHaveLength(6);
    for (const stranger of ['', 'urn:tawthiq:loa:HIGH', 'constructor', '__proto__'])
      expect(levelOfAcr(stranger)).toBeUndefined();
  });

  it('two digits never earn more than substantial, and earn it only where a policy says so', () => {
    expect(earnedBy('number2').level).toBe('low');
    expect(earnedBy('number2', 'substantial').level).toBe('substantial');
    expect(earnedBy('password', 'substantial').level).toBe('low');
  });

  it('only a key that cannot leave its device reaches high', () => {
    const methods: Method[] = [
      'password',
      'password_totp',
      'password_recovery_code',
      'number2',
      'number6',
      'passkey_synced',
    ];
    for (const method of methods) expect(reaches(earnedBy(method, 'substantial').level, 'high')).toBe(false);
    expect(earnedBy('passkey_device_bound')).toMatchObject({
      level: 'high',
      amr: expect.arrayContaining(['hwk', 'phr']),
    });
  });
});
