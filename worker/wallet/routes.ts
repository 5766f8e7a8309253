// The wallet's HTTP surface (shared/contract/wallet.ts). Every refusal is a problem document with its reason.

import { type Context, Hono } from 'hono';
import {
  AccountRequest,
  AnswerRequest,
  BindRequest,
  CredentialNonceRequest,
  CredentialsRequest,
  ListRequest,
  LostRequest,
  NotificationsRequest,
  PasswordRequest,
  ScanRequest,
  ShowingsRequest,
  walletPaths,
} from '../../shared/contract/wallet.ts';
import type { AppEnv } from '../app.ts';
import { passwordTries } from '../authn/authenticate-password.ts';
import { removeLostWallets } from '../authn/remove-lost-wallets.ts';
import { setPassword } from '../authn/use-setup-code.ts';
import { parseJson } from '../http/body.ts';
import { networkOf } from '../http/network.ts';
import { problem } from '../http/problem.ts';
import { statusListUri } from '../issuer/publish-status-list.ts';
import { orderFollower } from '../issuer/routes.ts';
import type { SessionRecord } from '../logins/session-rules.ts';
import { answerAccount } from './account.ts';
import { answerRequest, listRequests, type WalletNeeds } from './answer-request.ts';
import { bindWallet } from './bind-wallet.ts';
import { giveNonce, issueToWallet } from './issue-bound.ts';
import { listNotifications } from './list-notifications.ts';
import { listShowings } from './list-showings.ts';
import { refusalOf, type WalletError } from './refusals.ts';
import { scanCode } from './scan-code.ts';

const maxBytes = 8_192;

export function walletRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.use('/v1/wallet/*', async (c, next) => {
    await next();
    c.header('Cache-Control', 'no-store');
  });

  routes.post(walletPaths.bind, async (c) => {
    const body = await parseJson(c, BindRequest, maxBytes);
    if (!body.ok) return body.response;
    const bound = await bindWallet(setupNeeds(c), body.value);
    return bound.ok ? c.json({ walletId: bound.value.walletId }, 201) : refuse(c, bound.error);
  });

  routes.post(walletPaths.password, async (c) => {
    const body = await parseJson(c, PasswordRequest, maxBytes);
    if (!body.ok) return body.response;
    const { usernames, breachedFiles: breached, config } = c.var.deps;
    const needs = { ...setupNeeds(c), usernames, breached, pepper: config.passwordPepper };
    const set = await setPassword(needs, body.value);
    if (!set.ok) return refuse(c, set.error);
    await (await c.var.deps.loginObjects.person(set.value.subjectId)).clearTries(passwordTries);
    return c.json({ alone: set.value.alone }, 201);
  });

  routes.post(walletPaths.lost, async (c) => {
    const body = await parseJson(c, LostRequest, maxBytes);
    if (!body.ok) return body.response;
    const { loginSubjects: subjects, loginObjects: objects, authenticators, people, config, now } = c.var.deps;
    const { passwords } = c.var.deps.provider.networks;
    const later = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
    const mayTry = (network: string) => passwords.take(network, 1, later);
    const needs = { subjects, objects, authenticators, people, mayTry, pepper: config.passwordPepper, now: now() };
    const removed = await removeLostWallets(needs, {
      ...body.value,
      network: networkOf(c.req.raw, c.var.deps.config.clientAddressHeader),
    });
    if (!removed.ok) return refuse(c, removed.error);
    const { subjectId } = removed.value;
    c.executionCtx.waitUntil(orderFollower(c.var.deps)(subjectId));
    c.executionCtx.waitUntil(c.var.deps.notifications.handOnOf(subjectId));
    return c.json({ removed: removed.value.removed });
  });

  routes.post(walletPaths.requests, async (c) => {
    const body = await parseJson(c, ListRequest, maxBytes);
    if (!body.ok) return body.response;
    const listed = await listRequests(walletNeeds(c), body.value);
    return listed.ok ? c.json({ requests: listed.value, time: c.var.deps.now() }) : refuse(c, listed.error);
  });

  routes.post(walletPaths.credentialNonce, async (c) => {
    const body = await parseJson(c, CredentialNonceRequest, maxBytes);
    if (!body.ok) return body.response;
    const { loginSubjects, credentialNonces, config, now } = c.var.deps;
    const needs = { subjects: loginSubjects, credentialNonces, now: now(), issuer: config.issuer };
    const given = await giveNonce(needs, body.value);
    return given.ok ? c.json(given.value) : refuse(c, given.error);
  });

  routes.post(walletPaths.credentials, async (c) => {
    const body = await parseJson(c, CredentialsRequest, maxBytes);
    if (!body.ok) return body.response;
    const { loginSubjects, people, credentials, credentialOrders, credentialNonces, statusEntries, keyRing } =
      c.var.deps;
    const { config, loginObjects, random, now } = c.var.deps;
    const issued = await issueToWallet(
      {
        subjects: loginSubjects,
        people,
        credentials,
        credentialOrders,
        statusEntries,
        keyRing,
        credentialNonces,
        counters: loginObjects,
        issuer: config.issuer,
        statusUri: statusListUri(config.issuer),
        random,
        now: now(),
      },
      body.value,
    );
    return issued.ok ? c.json(issued.value, 201) : refuse(c, issued.error);
  });

  routes.post(walletPaths.showings, async (c) => {
    const body = await parseJson(c, ShowingsRequest, maxBytes);
    if (!body.ok) return body.response;
    const { loginSubjects, showings, verifiers, now } = c.var.deps;
    const listed = await listShowings({ subjects: loginSubjects, showings, verifiers, now: now() }, body.value);
    return listed.ok ? c.json({ showings: listed.value }) : refuse(c, listed.error);
  });

  routes.post(walletPaths.scan, async (c) => {
    const body = await parseJson(c, ScanRequest, maxBytes);
    if (!body.ok) return body.response;
    const later = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
    const scanned = await scanCode({ ...walletNeeds(c), clients: c.var.deps.clientCache, later }, body.value);
    return scanned.ok ? c.json(scanned.value) : refuse(c, scanned.error);
  });

  routes.post(walletPaths.notifications, async (c) => {
    const body = await parseJson(c, NotificationsRequest, maxBytes);
    if (!body.ok) return body.response;
    const listed = await listNotifications({ ...walletNeeds(c), notifications: c.var.deps.notifications }, body.value);
    return listed.ok ? c.json({ notifications: listed.value }) : refuse(c, listed.error);
  });

  routes.post(walletPaths.answer, async (c) => {
    const body = await parseJson(c, AnswerRequest, maxBytes);
    if (!body.ok) return body.response;
    const { loginJournal, notifications, now } = c.var.deps;
    const answered = await answerRequest(walletNeeds(c), body.value);
    const later = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
    if (!answered.ok) {
      // The third wrong number ends it: whoever asked hears it now (CIBA Core §10.2), not when the request runs out.
      const { error } = answered;
      if (error.reason === 'request_locked' && error.ping !== undefined)
        later(c.var.deps.announce({ state: 'locked', ping: error.ping }, later));
      return refuse(c, error);
    }
    const { state, subject, ended } = answered.value;
    for (const one of [answered.value, ...ended]) if (one.ping) later(c.var.deps.announce(one, later));
    const event = state === 'approved' ? 'login.approved' : state === 'reported' ? 'login.reported' : 'login.denied';
    const entry = { at: now(), event, actor: `subject:${subject.subjectId}`, subjectId: subject.subjectId } as const;
    const detail = { client: body.value.client, ...(ended.length > 0 ? { alsoEnded: ended.length } : {}) };
    if (state === 'reported') {
      const { subjectId } = subject;
      await notifications.add({ subjectId, at: now(), kind: 'login.reported', detail: { client: body.value.client } });
      c.executionCtx.waitUntil(notifications.handOnOf(subjectId));
    }
    c.executionCtx.waitUntil(loginJournal.append({ ...entry, object: body.value.txn, detail }));
    return c.json({ state });
  });

  routes.post(walletPaths.account, async (c) => {
    const body = await parseJson(c, AccountRequest, maxBytes);
    if (!body.ok) return body.response;
    const { consents, clientCache, endSession, authenticators, provider, random } = c.var.deps;
    const later = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
    const more = {
      consents,
      clients: clientCache,
      authenticators,
      userCodes: provider.userCodes,
      random,
      later,
      endSession: (session: SessionRecord) => endSession(session, later),
    };
    const answered = await answerAccount({ ...walletNeeds(c), ...more }, body.value);
    return answered.ok ? c.json(answered.value) : refuse(c, answered.error);
  });

  return routes;
}

const refuse = (c: Context, error: WalletError): Response => problem(c, refusalOf(error));

function setupNeeds(c: Context<AppEnv>) {
  const { authenticators, random, now } = c.var.deps;
  return { authenticators, random, now: now() };
}

function walletNeeds(c: Context<AppEnv>): WalletNeeds {
  const { loginSubjects, loginObjects, now } = c.var.deps;
  return { subjects: loginSubjects, objects: loginObjects, now: now() };
}
