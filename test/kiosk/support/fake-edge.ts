// An edge of the contract's shape for tests of the kiosk alone: real signatures, real HPKE, real lists; its registry is a list of
// fingers by number and it believes any capture. The real edge's own tests are elsewhere.
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type EpochSeconds, epochSeconds } from '../../../shared/base/brands.ts';
import { decodeBase64Url, encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeCbor } from '../../../shared/cbor/encode.ts';
import type { CborKey, CborValue } from '../../../shared/cbor/value.ts';
import {
  appointmentPaths,
  type CentresAnswer,
  DeskAppointmentRequest,
  type DeskDayAnswer,
} from '../../../shared/contract/appointment.ts';
import { ForkReport } from '../../../shared/contract/fork-report.ts';
import { formatInvitation, newInvitation } from '../../../shared/contract/invitation.ts';
import {
  type ActivationRefusal,
  ActivationRequest,
  type AppointmentStanding,
  EnrolRequest,
  Evidence,
  kioskPaths,
  kioskSignatureComponents,
  kioskSignatureMaxSkewSeconds,
  kioskSignatureTag,
  OperatorFingerEvidence,
  OperatorFingerRequest,
  OperatorLoginRequest,
  operatorFingerInfo,
  SessionRequest,
  type Sync,
} from '../../../shared/contract/kiosk.ts';
import { problemTypePrefix } from '../../../shared/contract/problem.ts';
import { receiptKeys, receiptKinds } from '../../../shared/contract/receipt.ts';
import { type CoseKey, kidOf } from '../../../shared/cose/key.ts';
import { ed25519Signer, type Signer, signSign1 } from '../../../shared/cose/sign1.ts';
import { issueStatic } from '../../../shared/credential/static.ts';
import { type Ed25519KeyPair, generateEd25519, webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { generateEvidenceKeyPair, openFrom } from '../../../shared/crypto/hpke.ts';
import { verifyRequest } from '../../../shared/http-signature/verify-request.ts';
import { rootsId } from '../../../shared/trust/root-change.ts';
import { StatusBitmap } from '../../../shared/trust/status-bitmap.ts';
import { signStatusList } from '../../../shared/trust/status-list.ts';
import { type NationalStatus, nationalHash, signDelta, signSnapshot } from '../../../shared/trust/status-snapshot.ts';
import { signTrustList } from '../../../shared/trust/trust-list.ts';

export const name = { ar: 'مركز الاختبار', en: 'Test centre' };
const coseKey = (pair: Ed25519KeyPair): CoseKey => ({ curve: 'Ed25519', x: pair.publicRaw });
const signerOf = (pair: Ed25519KeyPair): Signer => ed25519Signer(pair.privateKey, kidOf(coseKey(pair)));

export type Fake = Awaited<ReturnType<typeof fakeEdge>>;

/** `origin`: the edge's own name, whatever it is reached by. */
export async function fakeEdge(origin = 'https://edge.example') {
  const now = {
    shiftSeconds: 0,
    at: (): EpochSeconds => epochSeconds(Math.floor(Date.now() / 1000) + now.shiftSeconds),
  };
  const startedAt = now.at();
  const pair = () => generateEd25519({ extractable: true });
  const [rootA, rootB, credentialKey, receiptKey, firstStatusKey, evidence] = await Promise.all([
    pair(),
    pair(),
    pair(),
    pair(),
    pair(),
    generateEvidenceKeyPair(),
  ]);
  let statusKey = firstStatusKey;
  const roots = { pairs: [rootA, rootB] as [Ed25519KeyPair, Ed25519KeyPair] };
  const evidenceKid = encodeBase64Url(kidOf({ curve: 'X25519', x: evidence.publicRaw }));
  const invitation = newInvitation(crypto.getRandomValues(new Uint8Array(8)), [rootA.publicRaw, rootB.publicRaw]);

  const state = {
    /** Every activation request that arrived, as `id`, and how often each was decided anew. */
    arrived: [] as string[],
    activations: new Map<string, { evidence: Evidence; request: ActivationRequest; answer: object }>(),
    decidedNumbers: new Map<string, number>(),
    sessions: 0,
    loggedOut: 0,
    /** Of lists that contradict each other, as kiosks told of them. */
    forks: [] as ForkReport[],
    kiosks: new Map<string, { publicKey: Uint8Array; state: 'enrolled' | 'revoked' }>(),
    codeKey: undefined as string | undefined,
    nonces: new Set<string>(),
    refuse: undefined as ActivationRefusal | undefined,
    accountState: 'pending' as 'none' | 'pending' | 'active' | 'suspended' | 'closed',
    positions: [2, 7],
    requires: ['fingerprint'] as Sync['policy']['ageGroups'][number]['requires'],
    appointment: 'not_needed' as AppointmentStanding,
    mayExcept: true,
    documentExpired: false,
    /** The number of the one guardian this edge knows. */
    guardian: '1098765435',
    operatorSeconds: 3600,
    /** Positions that every operator has enrolled. */
    operatorFingers: [2] as number[],
    /** The one code with which an operator may enrol a finger, and what arrived with it. */
    fingerCode: 'ABCDEFGH23',
    enrolled: [] as OperatorFingerEvidence[],
    /** What readers seal captures to; undefined: this edge opens none. */
    captureCertificate: undefined as Uint8Array | undefined,
    /** The one that the roots name, if another than the one it hands out. */
    namedCertificate: undefined as Uint8Array | undefined,
    sessionSeconds: 600,
    trustVersion: 1,
    prevHash: new Uint8Array(32),
    trustBytes: new Uint8Array(),
    /** Lists that changed the roots, by those that they replaced. */
    rootChanges: new Map<string, Uint8Array>(),
    statusBytes: new Uint8Array(),
    /** Statuses as a chain, once a test asks for it. */
    chain: undefined as { snapshot: Uint8Array; first: number; deltas: Uint8Array[]; last: NationalStatus } | undefined,
    statusIssuedAt: now.at(),
    revoked: [] as number[],
    /** Puts something else in the place of an answer. */
    meddle: undefined as ((path: string, answer: Response) => Promise<Response> | Response) | undefined,
    forgeReceipts: false,
  };

  async function publish(
    change: { roots?: [Ed25519KeyPair, Ed25519KeyPair]; signers?: Ed25519KeyPair[]; keys?: Ed25519KeyPair[] } = {},
  ) {
    const listedRoots = change.roots ?? roots.pairs;
    // The same in every second: the same version must be the same list.
    const issuedAt = epochSeconds(startedAt - 10);
    const until = epochSeconds(issuedAt + 86_400 * 30);
    const times = { usableFrom: epochSeconds(issuedAt - 86_400), signUntil: until, acceptUntil: until };
    const entry = (key: CoseKey, purposes: ('credential' | 'receipt' | 'status' | 'evidence')[]) =>
      ({ issuer: origin, key, purposes, ...times, state: 'active', compromisedAt: undefined }) as const;
    state.trustBytes = await signTrustList(
      {
        issuer: origin,
        version: state.trustVersion,
        issuedAt,
        expiresAt: until,
        prevHash: state.prevHash,
        roots: listedRoots.map(coseKey),
        keys: [
          entry(coseKey(credentialKey), ['credential']),
          entry(coseKey(receiptKey), ['receipt']),
          entry(coseKey(statusKey), ['status']),
          entry({ curve: 'X25519', x: evidence.publicRaw }, ['evidence']),
        ],
        captureCertificates: [state.namedCertificate ?? state.captureCertificate ?? []]
          .flat()
          .map((certificate) => new Uint8Array(createHash('sha256').update(certificate).digest())),
      },
      (change.signers ?? [...roots.pairs, ...(change.roots ?? [])]).map(signerOf),
    );
    if (change.roots) state.rootChanges.set(rootsId(roots.pairs.map(coseKey)), state.trustBytes);
    const bitmap = StatusBitmap.empty(2, 1024);
    for (const index of state.revoked) bitmap.set(index, 1);
    state.statusBytes = await signStatusList(
      {
        uri: origin + kioskPaths.statusList,
        issuedAt: state.statusIssuedAt,
        expiresAt: epochSeconds(state.statusIssuedAt + 86_400),
        ttlSeconds: 900,
        bitmap,
      },
      signerOf(statusKey),
    );
  }
  await publish();

  /** The one before it is in no list from now on. */
  async function newStatusKey() {
    statusKey = await pair();
    await publish();
  }

  /** The chain's next state with exactly these revoked; with `snapshot` it begins anew there. */
  async function publishChain(
    revoked: readonly number[],
    options: { snapshot?: boolean; sequence?: number; lifeSeconds?: number; length?: number } = {},
  ) {
    const { chain } = state;
    const length = options.length ?? chain?.last.length ?? 1024;
    const bitmap = StatusBitmap.empty(2, length);
    for (const index of revoked) bitmap.set(index, 1);
    const dates = { issuedAt: now.at(), expiresAt: epochSeconds(now.at() + (options.lifeSeconds ?? 86_400)) };
    const sequence = options.sequence ?? (chain?.last.sequence ?? 0) + 1;
    const next = { baseUri: origin + kioskPaths.statusList, sequence, ...dates, bitmap, length };
    const last = { ...next, hash: await nationalHash(next) };
    if (chain && !options.snapshot) {
      chain.deltas.push(await signDelta(chain.last, next, signerOf(statusKey)));
      chain.last = last;
    } else {
      state.chain = { snapshot: await signSnapshot(next, signerOf(statusKey)), first: sequence + 1, deltas: [], last };
    }
  }

  async function issue(index: number) {
    const issued = await issueStatic(
      {
        claims: { nameLatin: 'Sample Person', birthDate: '1990-01-01' },
        issuer: origin,
        statusUri: origin + kioskPaths.statusList,
        statusIndex: index,
        issuedAt: epochSeconds(now.at() - 5),
        expiresAt: epochSeconds(now.at() + 86_400),
      },
      signerOf(credentialKey),
    );
    if (!issued.ok) throw new Error(issued.error.reason);
    return { text: issued.value.text, expiresAt: now.at() + 86_400 };
  }

  const json = (body: object, status = 200, headers: Record<string, string> = {}) =>
    Response.json(body, { status, headers });
  const problem = (status: number, reason: string) =>
    json({ type: problemTypePrefix + reason, title: reason, status, reason }, status, {
      'content-type': 'application/problem+json',
    });

  async function file(request: Request, bytes: Uint8Array): Promise<Response> {
    const etag = `"${encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))).slice(0, 16)}"`;
    if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers: { etag } });
    return new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { etag } });
  }

  async function answer(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname;
    if (path === kioskPaths.trustList) return file(request, state.trustBytes);
    if (path.startsWith(`${kioskPaths.rootChange}/`)) {
      const change = state.rootChanges.get(path.slice(kioskPaths.rootChange.length + 1));
      return change ? file(request, change) : problem(404, 'not_published');
    }
    if (path === kioskPaths.statusList) return file(request, state.statusBytes);
    if (path === kioskPaths.statusSnapshot) {
      return state.chain ? file(request, state.chain.snapshot) : problem(404, 'not_published');
    }
    if (path === kioskPaths.statusDeltas) {
      const skip = Number(new URL(request.url).searchParams.get('after')) + 1 - (state.chain?.first ?? 0);
      const deltas = state.chain?.deltas ?? [];
      if (skip < 0 || skip > deltas.length) return problem(410, 'deltas_gone');
      return file(request, encodeCbor(deltas.slice(skip)));
    }
    if (path === appointmentPaths.slots.replace(':id', 'c1')) return json({ slots: [{ startsAt: 900, free: 2 }] });
    if (path === appointmentPaths.centres)
      return json({
        centres: [{ id: 'c1', name, type: 'post_office', hours: [], closed: [] }],
      } satisfies CentresAnswer);
    const body = new Uint8Array(await request.arrayBuffer());
    const text = new TextDecoder().decode(body);
    const publicKeyOf = (keyid: string) => {
      if (path !== kioskPaths.enrol) return state.kiosks.get(keyid)?.publicKey;
      const raw = decodeBase64Url(keyid);
      return raw.ok ? raw.value : undefined;
    };
    const verified = await verifyRequest(
      { method: request.method, url: origin + path, headers: request.headers, body },
      {
        publicKeyOf,
        now: now.at(),
        maxSkewSeconds: kioskSignatureMaxSkewSeconds,
        tag: kioskSignatureTag,
        requiredComponents: kioskSignatureComponents,
        ed25519: webEd25519,
      },
    );
    if (!verified.ok) {
      const refused = problem(401, verified.error.reason);
      refused.headers.set('date', new Date(now.at() * 1000).toUTCString());
      return refused;
    }
    if (state.nonces.has(verified.value.nonce)) return problem(401, 'nonce_replayed');
    state.nonces.add(verified.value.nonce);

    if (path === kioskPaths.enrol) {
      const asked = EnrolRequest.parse(JSON.parse(text));
      if (asked.code !== invitation.code) return problem(403, 'invitation_unknown');
      // The code is spent by one key; that key may ask again.
      if (state.codeKey !== undefined && state.codeKey !== asked.publicKey) return problem(403, 'invitation_used');
      state.codeKey = asked.publicKey;
      state.kiosks.set('k1', { publicKey: Buffer.from(asked.publicKey, 'base64url'), state: 'enrolled' });
      return json({
        kioskId: 'k1',
        name: 'Kiosk 1',
        centre: { id: 'c1', name, type: 'post_office' },
        trustRoots: [rootA, rootB].map((root) => encodeBase64Url(root.publicRaw)),
        time: now.at(),
      });
    }
    if (state.kiosks.get(verified.value.keyid)?.state !== 'enrolled') return problem(403, 'kiosk_revoked');
    switch (path) {
      case kioskPaths.sync:
        return json({
          time: now.at(),
          kiosk: { id: 'k1', name: 'Kiosk 1', state: 'enrolled' },
          centre: { id: 'c1', name, type: 'post_office' },
          policy: {
            ...{ version: 3, ageGroups: [], minQuality: 40, maxCaptures: 3, fingersAtOnce: 2 },
            maxEvidenceAgeSeconds: 86_400,
          },
          trustListVersion: state.trustVersion,
          statusListVersion: 1,
          evidenceKey: { kid: evidenceKid, publicKey: encodeBase64Url(evidence.publicRaw) },
          ...(state.captureCertificate ? { captureCertificate: encodeBase64Url(state.captureCertificate) } : {}),
        } satisfies Sync);
      case kioskPaths.operatorLogin: {
        const { username, password } = OperatorLoginRequest.parse(JSON.parse(text));
        if (username === 'locked') return problem(429, 'operator_locked');
        if (password !== 'right') return problem(401, 'wrong_credentials');
        return json({
          operatorToken: encodeBase64Url(crypto.getRandomValues(new Uint8Array(32))),
          operator: {
            ...(username.startsWith('supervisor') ? { id: 's1', role: 'supervisor' } : { id: 'o1', role: 'operator' }),
            name,
            fingers: state.operatorFingers,
          },
          expiresAt: now.at() + state.operatorSeconds,
        });
      }
      case kioskPaths.forks:
        state.forks.push(ForkReport.parse(JSON.parse(text)));
        return new Response(null, { status: 204 });
      case kioskPaths.operatorLogout:
        state.loggedOut++;
        return new Response(null, { status: 204 });
      case kioskPaths.operatorFingers: {
        const asked = OperatorFingerRequest.parse(JSON.parse(text));
        if (asked.code !== state.fingerCode) return problem(403, 'finger_code_refused');
        const opened = await openFrom(evidence.privateKey, Uint8Array.from(Buffer.from(asked.evidence, 'base64url')), {
          info: new TextEncoder().encode(operatorFingerInfo),
          aad: new TextEncoder().encode(asked.enrolmentId),
        });
        if (!opened.ok) return problem(422, 'evidence_unreadable');
        state.enrolled.push(OperatorFingerEvidence.parse(JSON.parse(new TextDecoder().decode(opened.value))));
        return json({ position: state.enrolled.at(-1)?.captures[0]?.position });
      }
      case kioskPaths.session: {
        const asked = SessionRequest.parse(JSON.parse(text));
        if (asked.guardian && asked.guardian !== state.guardian) return problem(403, 'guardian_not_related');
        state.sessions++;
        return json({
          sessionId: `s${state.sessions}`,
          maskedName: { ar: 'ف•••', en: 'F•••' },
          accountState: state.accountState,
          ageGroup: 'adult',
          requires: state.requires,
          positions: state.positions,
          policyVersion: 3,
          nonce: encodeBase64Url(crypto.getRandomValues(new Uint8Array(16))),
          expiresAt: now.at() + state.sessionSeconds,
          appointment: state.appointment,
          mayExcept: state.mayExcept,
          documentExpired: state.documentExpired,
          ...(state.requires.includes('guardian_fingerprint') ? { guardians: ['mother'] } : {}),
          ...(asked.guardian
            ? { guardian: { maskedName: { ar: 'م•••', en: 'M•••' }, relation: 'mother', positions: [7] } }
            : {}),
        });
      }
      case kioskPaths.appointments: {
        const { act, startsAt, centreId = 'c1' } = DeskAppointmentRequest.parse(JSON.parse(text));
        if (act === 'cancel') return new Response(null, { status: 204 });
        const arrived = act === 'arrive' ? { arrivedAt: now.at() } : {};
        return json({ id: 'a_1', centreId, startsAt: startsAt ?? 900, state: 'booked', ...arrived });
      }
      case kioskPaths.appointmentsDay:
        return json({
          appointments: [{ id: 'a_1', centreId: 'c1', startsAt: 900, state: 'no_show' }],
        } satisfies DeskDayAnswer);
      case kioskPaths.activations:
        return activate(ActivationRequest.parse(JSON.parse(text)));
      default:
        return problem(404, 'not_found');
    }
  }

  async function activate(request: ActivationRequest): Promise<Response> {
    const { activationId } = request;
    state.arrived.push(activationId);
    const known = state.activations.get(activationId);
    if (known) return json(known.answer);
    const opened = await openFrom(evidence.privateKey, Uint8Array.from(Buffer.from(request.evidence, 'base64url')), {
      info: new TextEncoder().encode('tawthiq evidence v1'),
      aad: new TextEncoder().encode(activationId),
    });
    if (!opened.ok) return problem(422, 'evidence_unreadable');
    const plain = Evidence.parse(JSON.parse(new TextDecoder().decode(opened.value)));
    const decidedAt = now.at();
    const outcome = state.refuse ? 'refused' : 'activated';
    const claims = new Map<CborKey, CborValue>([
      [receiptKeys.kind, receiptKinds.activation],
      [receiptKeys.object, Buffer.from(activationId, 'base64url')],
      [receiptKeys.outcome, outcome],
      ...(state.refuse ? [[receiptKeys.reason, state.refuse] as const] : []),
      [receiptKeys.actor, 'k1'],
      [receiptKeys.at, decidedAt],
    ]);
    const receipt = await signSign1(encodeCbor(claims), signerOf(state.forgeReceipts ? statusKey : receiptKey));
    const answer = {
      activationId,
      outcome,
      ...(state.refuse ? { reason: state.refuse } : {}),
      decidedAt,
      receipt: encodeBase64Url(receipt),
      ...(state.refuse
        ? {}
        : { credential: await issue(7), setup: { code: 'abc' + 'x'.repeat(22), expiresAt: decidedAt + 3600 } }),
    };
    if (state.forgeReceipts) return json(answer);
    state.activations.set(activationId, { evidence: plain, request, answer });
    if (!state.refuse) state.decidedNumbers.set(plain.number, (state.decidedNumbers.get(plain.number) ?? 0) + 1);
    return json(answer);
  }

  const handle = async (request: Request): Promise<Response> => {
    const path = new URL(request.url).pathname;
    const answered = await answer(request);
    return state.meddle ? state.meddle(path, answered) : answered;
  };
  return {
    origin,
    now,
    state,
    roots,
    invitation: formatInvitation(invitation),
    newPair: pair,
    publish,
    newStatusKey,
    publishChain,
    issue,
    evidenceKid,
    handle,
    fetch: ((input: string, init: RequestInit) => handle(new Request(input, init))) as typeof fetch,
  };
}

/** The same on a real loopback socket. */
export async function serve(edge: Fake, port = 0): Promise<{ port: number; server: Server }> {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const headers = Object.entries(request.headers).map(([key, value]) => [key, String(value)] as [string, string]);
    const answer = await edge.handle(
      new Request(edge.origin + (request.url ?? '/'), {
        method: request.method ?? 'GET',
        headers,
        ...(body.length > 0 ? { body } : {}),
      }),
    );
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, server };
}
