// The authority's API: an administrator's token, one scope an act. Long: one table.
import * as z from 'zod';
import { AdminAppointmentRequest, CentreHours } from '../../../shared/contract/appointment.ts';
import { CardContent, CardOrder } from '../../../shared/contract/card.ts';
import { ForkList } from '../../../shared/contract/fork-report.ts';
import { importPath, PersonLine } from '../../../shared/contract/registry.ts';
import {
  RegisterVerifierRequest,
  SetVerifierClientRequest,
  SetVerifierPolicyRequest,
  VerifierKeyAnswer,
  verifierAdminPaths,
} from '../../../shared/contract/verify.ts';
import { DocumentLook } from '../../activation/routes.ts';
import { UseBreachedList } from '../../authn/breached-routes.ts';
import * as clients from '../../clients/routes.ts';
import { CloseAccount, MoveAccount } from '../../console/move-account-routes.ts';
import { TokenRequest } from '../../console/routes.ts';
import * as issuer from '../../issuer/routes.ts';
import * as kiosks from '../../kiosks/routes.ts';
import { bytes, type Content, json, type Method, type Operation, open, rowsOf, text } from '../operation.ts';

const row = rowsOf('authority');
const api = '/v1/admin';
const page = z.object({ limit: z.string().optional(), after: z.string().optional() });
const ndjson = (schema: z.ZodType): Content => ({ media: 'application/x-ndjson', schema });

type More = { readonly body?: Content; readonly query?: z.ZodObject };

function act(
  method: Method,
  path: string,
  scope: string,
  words: readonly [string, string],
  answers: Operation['answers'],
  more: More = {},
): Operation {
  return row(method, path, 'admin', words, answers, { scope, ...more });
}

const ok = { 200: open() };
const made = { 201: open() };
const issuedCard = { 201: json(CardContent) };
const { verifiers, suspend, resume, rotateKey, client: verifierClient, policy: verifierPolicy } = verifierAdminPaths;

export const authorityOperations: readonly Operation[] = [
  act(
    'post',
    importPath,
    'people:import',
    ['استيراد السكان سطرًا سطرًا', 'imports people, one a line'],
    { 200: text('application/x-ndjson') },
    { body: ndjson(PersonLine), query: z.object({ from: z.string().optional() }) },
  ),
  ...(
    [
      [
        'suspend',
        'يوقف حسابًا ووثائقه، وتنتهي جلساته ورموزه',
        'suspends an account and its credentials; its sessions and tokens end',
        MoveAccount,
      ],
      ['resume', 'يعيد حسابًا وما أُوقف معه', 'resumes an account and what was suspended with it', MoveAccount],
      [
        'close',
        'يغلق حسابًا نهائيًا ويبطل وثائقه',
        'closes an account for ever and revokes its credentials',
        CloseAccount,
      ],
      [
        'lost-phone',
        'يزيل محافظ حساب ضاع هاتف صاحبه، ويبطل ما تعرضه',
        'removes the wallets of an account whose phone is lost, and revokes what they show',
        MoveAccount,
      ],
    ] as const
  ).map(([move, ar, en, body]) =>
    act('post', `${api}/accounts/${move}`, 'accounts:write', [ar, en], ok, { body: json(body) }),
  ),
  act('get', `${api}/clients`, 'clients:write', ['الخدمات', 'the services'], ok, {
    query: z.object({ after: z.string().optional() }),
  }),
  act('post', `${api}/clients`, 'clients:write', ['يسجّل خدمة', 'registers a service'], made, {
    body: json(clients.NewClient),
  }),
  act('get', `${api}/clients/:id`, 'clients:write', ['خدمة واحدة', 'one service'], ok),
  act(
    'put',
    `${api}/clients/:id`,
    'clients:write',
    ['يغيّر خدمة وسياستها كلها', 'changes a service and its policy, as a whole; what it had proposed itself is dropped'],
    ok,
    { body: json(clients.ChangedClient) },
  ),
  act(
    'post',
    `${api}/clients/:id/state`,
    'clients:write',
    ['يوقفها أو يعيدها أو يغلقها', 'suspends, resumes, closes it'],
    ok,
    {
      body: json(clients.Move),
    },
  ),
  act(
    'post',
    `${api}/clients/:id/review`,
    'clients:write',
    ['يعتمد طلبها أو يرفضه', 'approves or rejects what it asks for'],
    ok,
    {
      body: json(clients.Review),
    },
  ),
  act('post', `${api}/clients/:id/secret`, 'clients:write', ['سر جديد لها', 'a new secret for it'], made, {
    body: json(clients.NewSecret),
  }),
  act(
    'post',
    `${api}/clients/:id/registration-token`,
    'clients:write',
    ['رمز إدارة جديد لخدمة سجّلت نفسها', 'a new registration access token for one that registered itself'],
    made,
  ),
  act(
    'get',
    verifiers,
    'verifiers:write',
    ['المنشآت المتحققة صفحة صفحة', 'the businesses that verify, page by page'],
    ok,
    {
      query: page,
    },
  ),
  act(
    'post',
    verifiers,
    'verifiers:write',
    ['يسجّل منشأة', 'registers a business'],
    { 201: json(VerifierKeyAnswer) },
    { body: json(RegisterVerifierRequest) },
  ),
  act('post', suspend, 'verifiers:write', ['يوقف منشأة', 'suspends a business'], ok),
  act('post', resume, 'verifiers:write', ['يعيد منشأة', 'resumes a business'], ok),
  act('post', rotateKey, 'verifiers:write', ['مفتاح جديد لمنشأة', 'a new key for a business'], {
    200: json(VerifierKeyAnswer),
  }),
  act(
    'put',
    verifierClient,
    'verifiers:write',
    ['الخدمة التي تنوب رموزها عن منشأة', 'the client whose tokens speak for a business'],
    ok,
    { body: json(SetVerifierClientRequest) },
  ),
  act(
    'get',
    verifierPolicy,
    'verifiers:write',
    ['ما تسأل عنه منشأة وما تراه', 'what a business may ask and is shown'],
    ok,
  ),
  act(
    'put',
    verifierPolicy,
    'verifiers:write',
    ['ما تسأل عنه منشأة وما تراه، كله من جديد', 'what a business may ask and is shown, all of it anew'],
    ok,
    { body: json(SetVerifierPolicyRequest) },
  ),
  act('get', `${api}/keys`, 'keys:write', ['مفاتيح التوقيع', 'the signing keys'], ok),
  act('post', `${api}/keys`, 'keys:write', ['ينشئ مفتاحًا', 'makes a key'], made, { body: json(issuer.NewKey) }),
  act(
    'post',
    `${api}/keys/move`,
    'keys:write',
    ['ينقل مفتاحًا من حال إلى حال', 'moves a key from one state to another'],
    ok,
    {
      body: json(issuer.KeyMove),
    },
  ),
  act('post', `${api}/keys/rewrap`, 'people:rotate', ['يعيد تغليف مفاتيح البيانات', 'wraps data keys anew'], ok),
  act('get', `${api}/trust-list`, 'trust:write', ['أين تقف قائمة الثقة', 'where the trust list stands'], ok),
  act('put', `${api}/trust-list`, 'trust:write', ['ينشر قائمة موقّعة', 'publishes a signed list'], ok, {
    body: bytes(),
  }),
  act('put', `${api}/device-trust`, 'trust:write', ['شهادات صانعي القارئات', "roots of readers' makers"], ok, {
    body: bytes(),
  }),
  act('get', `${api}/breached`, 'trust:write', ['قائمة كلمات المرور المسرّبة', 'the list of breached passwords'], ok),
  act('put', `${api}/breached`, 'trust:write', ['أي قائمة تُعتمد', 'which list counts'], ok, {
    body: json(UseBreachedList),
  }),
  act('put', `${api}/breached/:version/:bits/:part`, 'trust:write', ['جزء من القائمة', 'a part of the list'], ok, {
    body: bytes(),
  }),
  act(
    'post',
    `${api}/status-list/publish`,
    'trust:write | credentials:revoke',
    ['ينشر قائمة الحالة', 'publishes the status list'],
    ok,
  ),
  act(
    'post',
    `${api}/credentials/card`,
    'credentials:print',
    ['يصدر بطاقة للطباعة', 'issues a card to print'],
    issuedCard,
    {
      body: json(CardOrder),
    },
  ),
  act('post', `${api}/credentials/revoke`, 'credentials:revoke', ['يبطل وثائق', 'revokes credentials'], ok, {
    body: json(issuer.CredentialMove),
  }),
  act('post', `${api}/credentials/suspend`, 'credentials:revoke', ['يوقف وثائق', 'suspends credentials'], ok, {
    body: json(issuer.CredentialMove),
  }),
  act('post', `${api}/credentials/reinstate`, 'credentials:revoke', ['يعيد وثائق', 'reinstates credentials'], ok, {
    body: json(issuer.CredentialMove),
  }),
  act(
    'post',
    `${api}/credentials/revoke-period`,
    'credentials:revoke',
    ['يبطل كل ما صدر في مدة', 'revokes everything issued in a period'],
    ok,
    { body: json(issuer.PeriodRevocation) },
  ),
  act('get', `${api}/centres`, 'centres:write', ['مراكز الخدمة', 'the service centres'], ok),
  act('post', `${api}/centres`, 'centres:write', ['يضيف مركزًا', 'adds a centre'], made, {
    body: json(kiosks.NewCentre),
  }),
  act('put', `${api}/centres/:id/hours`, 'centres:write', ['ساعات العمل', 'opening hours'], ok, {
    body: json(CentreHours),
  }),
  act('get', `${api}/centres/:id/appointments`, 'appointments:write', ['مواعيد مركز', "a centre's appointments"], ok, {
    query: z.object({ date: z.string().optional() }),
  }),
  act('post', `${api}/appointments`, 'appointments:write', ['يغيّر موعدًا', 'changes an appointment'], ok, {
    body: json(AdminAppointmentRequest),
  }),
  act('get', `${api}/kiosks`, 'kiosks:write', ['الأكشاك', 'the kiosks'], ok),
  act(
    'get',
    `${api}/kiosks/forks`,
    'kiosks:write',
    ['قوائم متناقضة رأتها الأكشاك', 'contradicting lists that kiosks met'],
    {
      200: json(ForkList),
    },
  ),
  act('post', `${api}/kiosks/invitations`, 'kiosks:write', ['رمز انضمام لكشك', "a kiosk's one-time code"], made, {
    body: json(kiosks.NewInvitation),
  }),
  act('post', `${api}/kiosks/:id/revoke`, 'kiosks:write', ['يلغي كشكًا', 'revokes a kiosk'], ok),
  act('post', `${api}/operators`, 'operators:write', ['يضيف موظفًا', 'adds an operator'], made, {
    body: json(kiosks.NewOperator),
  }),
  act('post', `${api}/operators/:id/suspend`, 'operators:write', ['يوقف موظفًا', 'suspends an operator'], ok),
  act(
    'post',
    `${api}/operators/:id/finger-code`,
    'operators:write',
    ['رمز لأخذ بصمة موظف', "a code to take an operator's finger"],
    made,
  ),
  act(
    'post',
    `${api}/activations/:id/document-photo`,
    'documents:read',
    ['صورة مستند التفعيل الاستثنائي', "an exception's document photo"],
    { 200: bytes('image/jpeg') },
    { body: json(DocumentLook) },
  ),
  act('get', `${api}/tokens`, 'tokens:write', ['رموز المشرفين', "administrators' tokens"], ok),
  act('post', `${api}/tokens`, 'tokens:write', ['ينشئ رمزًا', 'makes a token'], made, { body: json(TokenRequest) }),
  act('post', `${api}/tokens/:id/revoke`, 'tokens:write', ['يبطل رمزًا', 'takes a token back'], ok),
  act('get', `${api}/journal`, 'journal:read', ['من فعل ماذا', 'who did what'], ok, {
    query: page.extend({ event: z.string().optional() }),
  }),
  act(
    'post',
    `${api}/journal/archive`,
    'journal:read',
    ['يسلّم ما ينتظر، وأين السلسلة', 'hands on what waits; where the chain stands'],
    ok,
  ),
  act('get', `${api}/journal/segments/:n`, 'journal:read', ['جزء من الأرشيف', 'one segment of the archive'], {
    200: text('application/x-ndjson'),
  }),
];
