// `npm run demo`: the story of one network, headless, over its real HTTP surfaces. Every step says what happened, how it came
// out and how long it took; a wrong outcome ends it with exit code 1. `--json` tells the same as JSON.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import type { SubmitOutcome } from '../../kiosk/bridge/contract.ts';
import { qrCode, qrPng } from '../../shared/credential/qr.ts';
import { AdminClient } from '../../worker/local/admin-client.ts';
import { demoPerson } from '../../worker/local/population/demo-people.ts';
import { seedLines } from '../../worker/local/population/seed-lines.ts';
import { startSampleService } from '../../worker/local/sample-service.ts';
import { demoStaff, type SetUp, setUpNetwork } from '../../worker/local/set-up.ts';
import { type Asked, askedFor } from './asked-for.ts';
import { logInByNumber } from './log-in.ts';
import { type Stage, type StageOptions, setStage } from './stage.ts';
import { expect, Story } from './story.ts';
import { DemoWallet } from './wallet.ts';

const asked = askedFor(process.argv.slice(2));
const story = new Story(asked.json);
const noura = demoPerson('noura');
const fahad = demoPerson('fahad');

function readQr(png: Uint8Array): Promise<string> {
  const wasm = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
  prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasm).buffer } });
  return readBarcodes(png, { formats: ['QRCode'], tryHarder: true }).then((found) => found[0]?.text ?? '');
}

async function verifyOnline(stage: Stage, key: string, text: string): Promise<{ outcome: string; check?: string }> {
  const response = await fetch(`${stage.edge.url}/v1/verify`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ text, context: 'counter' }),
  });
  expect(response.status === 200, `/v1/verify answered ${response.status}`);
  return ((await response.json()) as { verdict: { outcome: string; check?: string } }).verdict;
}

async function verifyAtKiosk(stage: Stage, text: string): Promise<{ outcome: string; check?: string | undefined }> {
  return (await stage.calls.must('verifier.check', { text, context: 'counter' })).verdict;
}

const told = (verdict: { outcome: string; check?: string | undefined }) =>
  verdict.outcome + (verdict.check ? ` (${verdict.check})` : '');

function mustBeActivated(outcome: SubmitOutcome) {
  expect(
    outcome.outcome === 'activated',
    `came out ${outcome.outcome}${'reason' in outcome ? ` (${outcome.reason})` : ''}`,
  );
  expect(outcome.credential !== undefined && outcome.setup !== undefined, 'no credential or setup code came with it');
  return { text: outcome.credential.text, setupCode: outcome.setup.code };
}

/** Another character of the base45 alphabet in the middle of the text. */
function tamperedWith(text: string): string {
  const at = Math.floor(text.length / 2);
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
}

async function play(stage: Stage): Promise<void> {
  const setUp: SetUp = await story.tell(
    'the authority makes keys, a trust list, a centre and its staff',
    async (say) => {
      const made = await setUpNetwork({
        edgeUrl: stage.edge.url,
        secrets: stage.secrets,
        serviceUrl: stage.serviceUrl,
        people: 0,
        log: () => {},
      });
      say('trust list signed by both roots');
      return made;
    },
  );
  const api = new AdminClient(stage.edge.url, stage.secrets.adminToken);

  await story.tell('a kiosk enrols with a one-time code', async (say) => {
    await stage.calls.must('kiosk.enrol', { invitation: setUp.invitation, edge: stage.edge.url });
    await stage.calls.must('sync.now', {});
    const { enrolment, clock } = await stage.calls.must('state.get', {});
    expect(enrolment.state === 'enrolled' && clock.knownGood, `${enrolment.state}, clock ${clock.reason ?? 'good'}`);
    say(`${enrolment.name}, ${enrolment.centre.name.en}`);
  });

  await story.tell('people are registered', async (say) => {
    const totals = await api.importPeople(seedLines({ people: 10 }));
    expect(totals.imported === 10 && totals.refused === 0, `imported ${totals.imported}, refused ${totals.refused}`);
    say(`${totals.imported} imported`);
  });

  await story.tell('the operator logs in at the kiosk', async (say) => {
    const [staff] = demoStaff;
    const operator = await stage.calls.must('operator.login', {
      username: staff?.username ?? '',
      password: staff?.password ?? '',
    });
    say(`${operator.name.en}, ${operator.role}`);
  });

  await story.tell('a wrong finger is laid on the reader', async (say) => {
    await stage.layFinger({ id: fahad.key });
    const outcome = await stage.calls.activate(noura.number);
    expect(outcome.outcome === 'refused' && outcome.reason === 'no_match', `came out ${JSON.stringify(outcome)}`);
    say(`refused (${outcome.reason})`);
  });

  const { text, setupCode } = await story.tell('the right finger activates the account', async (say) => {
    await stage.layFinger({ id: noura.key });
    const activated = mustBeActivated(await stage.calls.activate(noura.number));
    say(`activated, credential of ${activated.text.length} characters`);
    return activated;
  });

  await story.tell('the QR code is read back from its PNG', async (say) => {
    const read = await readQr(await qrPng(qrCode(text, 'M'), 4));
    expect(read === text, 'another text was read');
    say(`${read.length} characters, the same`);
  });

  await story.tell('a business asks the edge', async (say) => {
    const verdict = await verifyOnline(stage, setUp.verifier.key, text);
    expect(verdict.outcome === 'accepted', told(verdict));
    say(told(verdict));
  });

  await story.tell('the kiosk checks it with the line cut', async (say) => {
    await stage.calls.must('sync.now', {});
    stage.line.cut();
    const verdict = await verifyAtKiosk(stage, text);
    stage.line.mend();
    expect(verdict.outcome === 'accepted', told(verdict));
    say(`${told(verdict)}, offline`);
  });

  await story.tell('one character of the code is changed', async (say) => {
    const forged = tamperedWith(text);
    const [online, offline] = [
      await verifyOnline(stage, setUp.verifier.key, forged),
      await verifyAtKiosk(stage, forged),
    ];
    expect(online.outcome === 'rejected', `edge: ${told(online)}`);
    expect(told(online) === told(offline), `edge ${told(online)}, kiosk ${told(offline)}`);
    say(`${told(online)}, the same at both`);
  });

  await story.tell('she logs in at an online service by typing a number', async (say) => {
    const { clientId, clientSecret } = setUp.client;
    const service = await startSampleService({
      issuer: stage.edge.url,
      clientId,
      clientSecret,
      port: stage.servicePort,
    });
    try {
      const wallet = await DemoWallet.bind(stage.edge.url, setupCode);
      const { acr, sub } = await logInByNumber({ serviceUrl: stage.serviceUrl, number: noura.number, wallet });
      expect(acr.endsWith(':substantial') || acr.endsWith(':high'), `acr is ${acr}`);
      expect(!sub.includes(noura.number), 'the number reached the service');
      say(`${acr}, pairwise sub ${sub.slice(0, 8)}…`);
    } finally {
      await service.close();
    }
  });

  await story.tell('the authority revokes the credential', async (say) => {
    const done = (await api.call('POST', '/v1/admin/credentials/revoke', {
      which: { number: noura.number },
      reason: 'lost',
    })) as { changed: number };
    expect(done.changed >= 1, 'nothing was revoked');
    say(`${done.changed} revoked, status list published`);
  });

  await story.tell('edge and kiosk both say so', async (say) => {
    await stage.calls.must('sync.now', {});
    const offline = await verifyAtKiosk(stage, text);
    let online = await verifyOnline(stage, setUp.verifier.key, text);
    // The isolate takes the new list within its ten seconds; the kiosk has just asked for it.
    for (let i = 0; i < 60 && online.outcome === 'accepted'; i++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      online = await verifyOnline(stage, setUp.verifier.key, text);
    }
    expect(
      online.outcome === 'rejected' && told(online) === told(offline),
      `edge ${told(online)}, kiosk ${told(offline)}`,
    );
    say(told(online));
  });

  await story.tell('the line is cut, and an account is activated', async (say) => {
    stage.line.cut();
    await stage.layFinger({ id: fahad.key });
    const outcome = await stage.calls.activate(fahad.number);
    expect(outcome.outcome === 'recorded', `came out ${outcome.outcome}`);
    say(`recorded, not yet active (${outcome.reference})`);
  });

  await story.tell('the kiosk is killed and started again', async (say) => {
    const gone = new Promise<void>((resolve) => stage.kiosk.process.once('exit', () => resolve()));
    stage.kiosk.process.kill('SIGKILL');
    await gone;
    await stage.restartKiosk();
    const { outbox } = await stage.calls.must('state.get', {});
    expect(outbox.waiting === 1, `${outbox.waiting} wait in the outbox`);
    say('one activation waits in the outbox');
  });

  await story.tell('the line is mended, and it arrives exactly once', async (say) => {
    stage.line.mend();
    await stage.calls.must('sync.now', {});
    await stage.calls.must('sync.now', {});
    const { items } = await stage.calls.must('outbox.list', { limit: 50 });
    const item = items[0];
    expect(item?.state === 'activated', `the outbox says ${item?.state}${item?.reason ? ` (${item.reason})` : ''}`);
    const { entries } = (await api.call('GET', '/v1/admin/journal?limit=200')) as {
      entries: { event: string; object: string }[];
    };
    const arrived = entries.filter(
      (entry) => entry.event === 'activation.activated' && entry.object === item.activationId,
    );
    expect(arrived.length === 1, `the journal has it ${arrived.length} times`);
    say('activated, receipt verified, one line in the journal');
  });
}

export type Play = { readonly stage: StageOptions; play(stage: Stage, story: Story): Promise<void> };

/** Each other story is in a file of its own. */
const plays: Readonly<Record<Asked['story'], () => Promise<Play>>> = {
  whole: async () => ({ stage: {}, play }),
  offline: async () => ({ stage: {}, play: (await import('./offline.ts')).playOffline }),
  login: async () => (await import('./login/play.ts')).loginPlay,
  sbi: async () => (await import('./device-story.ts')).devicePlay('sbi'),
  secugen: async () => (await import('./device-story.ts')).devicePlay('secugen'),
};

const { stage: options, play: tell } = await plays[asked.story]();

let failed = false;
const stage = await setStage(options);
try {
  await tell(stage, story);
} catch (error) {
  failed = true;
  if (!story.steps.some((step) => !step.ok)) console.error(error);
} finally {
  await stage.close();
  story.finish();
}
process.exit(failed ? 1 : 0);
