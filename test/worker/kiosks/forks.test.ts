// What kiosks tell of two signed lists that contradict each other: kept once a kiosk, journalled once, listed for the authority.
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeHex } from '../../../shared/bytes/hex.ts';
import { encodeCbor } from '../../../shared/cbor/encode.ts';
import { ForkList, type ForkReport } from '../../../shared/contract/fork-report.ts';
import { kioskPaths } from '../../../shared/contract/kiosk.ts';
import { kidOf } from '../../../shared/cose/key.ts';
import { signSign1 } from '../../../shared/cose/sign1.ts';
import { webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { randomBytes } from '../../../shared/crypto/random.ts';
import { detachPayload } from '../../../shared/trust/detached-header.ts';
import { SNAPSHOT_TYPE } from '../../../shared/trust/status-snapshot.ts';
import { Lists, publishedFiles } from '../../../worker/verifier/lists.ts';
import { admin, bytesOf, rootSigner, roots, setUpKeys, signedTrustList } from '../issuer/issuing-edge.ts';
import { house } from '../openid/world.ts';
import { ask, newCentre, newKiosk, refusal, type TestKiosk } from './test-kiosk.ts';

const text = () => encodeBase64Url(randomBytes(32));
const hexOf = (base64url: string) => encodeHex(bytesOf(base64url));

let kiosk: TestKiosk;
let other: TestKiosk;
let header: string;
beforeAll(async () => {
  await setUpKeys();
  const centre = await newCentre();
  [kiosk, other] = [await newKiosk(centre), await newKiosk(centre)];
  const file = await signSign1(encodeCbor([1]), await rootSigner(0), { typ: SNAPSHOT_TYPE });
  header = encodeBase64Url(detachPayload(file) ?? new Uint8Array());
});

const aFork = (change: Partial<ForkReport> = {}): ForkReport => ({
  list: 'status',
  version: 7,
  seenHash: text(),
  fileHash: text(),
  heldVersion: 7,
  heldHash: text(),
  header,
  seenAt: epochSecondsOfMs(Date.now()),
  ...change,
});
const tell = (by: TestKiosk, report: unknown) => ask(by, 'POST', kioskPaths.forks, report);
async function listed(seenHash: string): Promise<ForkList['forks'][number] | undefined> {
  const { forks } = ForkList.parse(await (await admin('/v1/admin/kiosks/forks')).json());
  return forks.find(({ sightings }) => sightings.some((it) => it.seenHash === hexOf(seenHash)));
}
const journalled = async (object: string) =>
  (
    await env.DIRECTORY.prepare("SELECT actor, detail FROM journal WHERE event = 'kiosk.fork_reported' AND object = ?")
      .bind(object)
      .all()
  ).results;

describe('a fork that kiosks tell of', () => {
  it('is kept once a kiosk, journalled once, and listed with who signed and who met it, from either side', async () => {
    const report = aFork();
    for (let i = 0; i < 3; i++) expect((await tell(kiosk, report)).status).toBe(204);
    // The other kiosk holds the list that this one was shown.
    const mirrored = { ...report, heldHash: report.seenHash, seenHash: report.heldHash, fileHash: text() };
    expect((await tell(other, mirrored)).status).toBe(204);
    const fork = await listed(report.seenHash);
    const [root] = roots;
    const kids = [encodeHex(root ? kidOf(root) : new Uint8Array())];
    expect(fork).toMatchObject({ list: 'status', version: 7 });
    expect(fork?.sightings).toHaveLength(2);
    expect(fork?.sightings).toEqual(
      expect.arrayContaining([
        {
          kiosk: { id: kiosk.id, name: 'Desk 1' },
          heldVersion: 7,
          heldHash: hexOf(report.heldHash),
          seenHash: hexOf(report.seenHash),
          seenAt: report.seenAt,
          kids,
          published: false,
        },
        expect.objectContaining({ kiosk: { id: other.id, name: 'Desk 1' }, seenHash: hexOf(report.heldHash) }),
      ]),
    );
    const entries = await journalled(fork?.id ?? '');
    expect(entries).toEqual([{ actor: `kiosk:${kiosk.id}`, detail: expect.stringContaining('"version":7') }]);
  });

  it('is journalled once when twenty kiosks tell of it at once', async () => {
    const report = aFork();
    const answers = await Promise.all([...Array(10)].flatMap(() => [tell(kiosk, report), tell(other, report)]));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(204));
    const fork = await listed(report.seenHash);
    expect(fork?.sightings).toHaveLength(2);
    expect(await journalled(fork?.id ?? '')).toHaveLength(1);
  });

  it('changes no verdict of the edge, however many tell of it: a report is a word, not two signatures', async () => {
    // The lists of this test alone: the isolate's remember what other tests' lists said, and that they contradict each other.
    const { config, now } = house();
    const lists = new Lists({
      files: publishedFiles(env.FILES),
      roots: config.trustRoots.map((x) => ({ curve: 'Ed25519', x })),
      statusListUri: config.issuer + kioskPaths.statusList,
      ed25519: webEd25519,
      nowMs: Date.now,
      now,
    });
    const contradicted = async () => {
      lists.changed();
      return (await lists.current(() => {}))?.trust.contradicted;
    };
    expect(await contradicted()).toBe(false);
    const held = await lists.current(() => {});
    const { version = 0, hash = new Uint8Array() } = held?.trust.list ?? {};
    const signed = encodeBase64Url(detachPayload(await signedTrustList({ version })) ?? new Uint8Array());
    const report = aFork({
      list: 'trust',
      version,
      heldVersion: version,
      heldHash: encodeBase64Url(hash),
      header: signed,
    });
    for (const by of [kiosk, other]) expect((await tell(by, report)).status).toBe(204);
    expect((await listed(report.seenHash))?.sightings).toHaveLength(2);
    expect(await contradicted()).toBe(false);
  });

  it('says whether this edge published the file that the kiosk was shown', async () => {
    const published = await env.DIRECTORY.prepare(
      "SELECT hash FROM publications WHERE kind = 'status_snapshot' LIMIT 1",
    ).first<{ hash: number[] }>();
    const hash = published ? Uint8Array.from(published.hash) : randomBytes(32);
    if (!published) {
      await env.DIRECTORY.prepare(
        "INSERT INTO publications (kind, version, hash, file, published_at) VALUES ('status_snapshot', 1, ?, 'f', 1)",
      )
        .bind(hash)
        .run();
    }
    const report = aFork({ fileHash: encodeBase64Url(hash) });
    await tell(kiosk, report);
    expect((await listed(report.seenHash))?.sightings).toMatchObject([{ published: true }]);
  });
});

describe('a report is refused', () => {
  it('when the two do not contradict each other', async () => {
    const same = text();
    expect(await refusal(tell(kiosk, aFork({ seenHash: same, heldHash: same })))).toEqual([422, 'not_a_fork']);
    expect(await refusal(tell(kiosk, aFork({ heldVersion: 6 })))).toEqual([422, 'not_a_fork']);
    expect(await refusal(tell(kiosk, aFork({ list: 'trust', heldVersion: 5 })))).toEqual([422, 'not_a_fork']);
  });

  it('when its header is not one of such a list', async () => {
    const malformed = [422, 'fork_header_malformed'];
    expect(await refusal(tell(kiosk, aFork({ list: 'trust' })))).toEqual(malformed);
    expect(await refusal(tell(kiosk, aFork({ header: encodeBase64Url(randomBytes(200)) })))).toEqual(malformed);
  });

  it('when it is not the shape, is too long, or says more than it may', async () => {
    for (const report of [{}, aFork({ header: 'A'.repeat(1500) }), { ...aFork(), number: '1012345672' }])
      expect((await tell(kiosk, report)).status).toBe(422);
    expect((await tell(kiosk, { ...aFork(), header: 'A'.repeat(5000) })).status).toBe(413);
  });

  it('when it is not signed by a kiosk that is enrolled', async () => {
    const gone = await newKiosk(kiosk.centreId);
    await admin(`/v1/admin/kiosks/${gone.id}/revoke`, 'POST');
    expect(await refusal(tell(gone, aFork()))).toEqual([403, 'kiosk_revoked']);
    const unsigned = await ask(kiosk, 'POST', kioskPaths.forks, aFork(), { tag: 'something-else' });
    expect(unsigned.status).toBe(401);
  });

  it('after twenty of one kiosk; what was told before is still taken', async () => {
    const many = await newKiosk(kiosk.centreId);
    const first = aFork();
    expect((await tell(many, first)).status).toBe(204);
    for (let i = 0; i < 19; i++) expect((await tell(many, aFork())).status).toBe(204);
    expect(await refusal(tell(many, aFork()))).toEqual([422, 'fork_reports_full']);
    expect((await tell(many, first)).status).toBe(204);
  });
});
