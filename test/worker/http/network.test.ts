// Which network a request is of: all limits by network rest on it.
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configOf, type Env } from '../../../worker/env.ts';
import { networkOf, parseNetwork, usualAddressHeader } from '../../../worker/http/network.ts';
import { anyAddress, realAddress } from '../../fuzz/network.ts';

const from = (headers: Record<string, string>, header = usualAddressHeader) =>
  networkOf(new Request('https://edge.example/', { headers }), header);

describe('the network of an address', () => {
  it.each([
    ['198.51.100.7', '198.51.100'],
    ['::ffff:198.51.100.7', '198.51.100'],
    ['::FFFF:C633:6407', '198.51.100'],
    ['2001:db8:1::7', '2001:db8:1'],
    ['2001:0DB8:0001:9::7', '2001:db8:1'],
    ['2001:db8::1', '2001:db8:0'],
    ['::1', '0:0:0'],
    ['64:ff9b::198.51.100.7', '64:ff9b:0'],
    ['198.51.100', undefined],
    ['198.51.100.256', undefined],
    ['198.51.100.07', undefined],
    ['2001:db8::1::2', undefined],
    ['2001:db8:1:2:3:4:5:6:7', undefined],
    ['2001:db8', undefined],
    ['fe80::1%eth0', undefined],
    ['[2001:db8::1]', undefined],
    ['198.51.100.7:443', undefined],
    ['', undefined],
  ])('%s: %s', (address, network) => {
    expect(parseNetwork(address)).toBe(network);
  });

  it('is found for every real address, and no text makes it throw', () => {
    fc.assert(anyAddress);
    fc.assert(realAddress);
  });
});

describe('the header that counts', () => {
  it('is Cloudflare’s, unless the deployment names another; then the caller’s own is nothing', () => {
    const [here, there] = ['198.51.100.7', '203.0.113.1'];
    expect(from({ 'CF-Connecting-IP': here })).not.toBe(from({ 'CF-Connecting-IP': there }));
    const named = (mine: string) => from({ 'CF-Connecting-IP': mine, 'X-Real-IP': here }, 'x-real-ip');
    expect(named(there)).toBe(named(here));
    expect(named(there)).toBe(from({ 'CF-Connecting-IP': here }));
  });

  it('of a list the last address counts: what stands before it is the caller’s word', () => {
    const by = (list: string) => from({ 'X-Forwarded-For': list }, 'x-forwarded-for');
    expect(by('203.0.113.1, 198.51.100.7')).toBe(by('198.51.100.9'));
    expect(by('198.51.100.7, 203.0.113.1')).not.toBe(by('198.51.100.9'));
  });

  it('without it, or without an address in it, everybody is of one network', () => {
    expect(from({})).toBe(from({ 'X-Real-IP': '198.51.100.7' }));
    expect(from({ 'CF-Connecting-IP': 'a' })).toBe(from({ 'CF-Connecting-IP': 'b' }));
  });

  it('is named by the deployment, and a name that is none stops it', () => {
    const of = (name?: string) =>
      configOf({ ...(env as unknown as Env), ...(name === undefined ? {} : { CLIENT_ADDRESS_HEADER: name }) });
    expect(of().clientAddressHeader).toBe('cf-connecting-ip');
    expect(of('X-Real-IP').clientAddressHeader).toBe('x-real-ip');
    for (const name of ['', 'x real ip', 'x-real-ip:', 'x'.repeat(61)])
      expect(() => of(name)).toThrow('CLIENT_ADDRESS');
  });
});

describe('what the deployment is given', () => {
  it.each([
    'ISSUER',
    'KEY_ENCRYPTION_KEY',
    'NUMBER_SECRET',
    'PAIRWISE_SECRET',
    'PASSWORD_PEPPER',
    'COOKIE_SECRET',
    'ADMIN_TOKEN_SHA256',
    'TRUST_ROOTS',
  ])('is named in the log when it is missing or malformed, and not told: %s', (name) => {
    for (const value of [undefined, '', 'no-such-secret', 'https://id.example/path']) {
      let fault: unknown;
      try {
        configOf({ ...(env as unknown as Env), [name]: value });
      } catch (error) {
        fault = error;
      }
      // What is logged of an error is its name.
      expect((fault as Error).name).toMatch(new RegExp(`^ConfigError: ${name} must `));
      if (value) expect((fault as Error).name).not.toContain(value);
    }
  });
});
