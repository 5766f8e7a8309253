// What businesses, wallets and everybody may ask: verification, online credentials, published lists, the wallet, appointments. Long: one table.
import * as z from 'zod';
import * as appointments from '../../../shared/contract/appointment.ts';
import { OfferAnswer, OfferRequest, offerPath } from '../../../shared/contract/openid4vci.ts';
import {
  PresentationRequest,
  PresentationResult,
  PresentationStarted,
  presentationPath,
} from '../../../shared/contract/openid4vp.ts';
import { publicPaths } from '../../../shared/contract/public-paths.ts';
import * as verify from '../../../shared/contract/verify.ts';
import * as wallet from '../../../shared/contract/wallet.ts';
import { vciPaths } from '../../issuer/openid4vci/configuration.ts';
import { mediaTypes } from '../../issuer/routes.ts';
import { vpPaths } from '../../verifier/openid4vp/request-object.ts';
import { bytes, form, json, type Operation, open, rowsOf, text } from '../operation.ts';

const verifyRow = rowsOf('verify');
const credentials = rowsOf('credentials');
const published = rowsOf('published');
const walletRow = rowsOf('wallet');
const appointmentRow = rowsOf('appointments');

const { walletPaths } = wallet;
const { appointmentPaths } = appointments;

export const publicOperations: readonly Operation[] = [
  verifyRow(
    'post',
    verify.verifyPath,
    'api_key',
    ['هل هذا الرمز صحيح الآن، وما الذي يُعرض منه', 'whether a code is good now, and what it shows'],
    { 200: json(verify.VerifyAnswer) },
    { body: json(verify.VerifyRequest) },
  ),
  verifyRow(
    'post',
    verify.verifyBatchPath,
    'api_key',
    ['حتى مئة رمز معًا بإيصال واحد', 'up to a hundred codes at once, one receipt for all'],
    { 200: json(verify.VerifyBatchAnswer) },
    { body: json(verify.VerifyBatchRequest) },
  ),
  verifyRow(
    'post',
    verify.verifyChallengesPath,
    'api_key',
    ['سؤال جديد تعرضه ليجيب عنه حامل المحفظة', 'a fresh challenge to show, for a wallet to answer'],
    { 201: json(verify.VerifyChallengeAnswer) },
  ),
  credentials(
    'post',
    presentationPath,
    'api_key',
    ['منشأة تطلب بيانات من محفظة', 'a business asks a wallet for claims'],
    { 201: json(PresentationStarted) },
    { body: json(PresentationRequest) },
  ),
  credentials('get', `${presentationPath}/:id`, 'api_key', ['ما الذي أجابت به المحفظة', 'what the wallet answered'], {
    200: json(PresentationResult),
  }),
  credentials('get', vpPaths.request, 'none', ['الطلب الموقّع، للمحفظة', 'the signed request, for the wallet'], {
    200: text('application/oauth-authz-req+jwt'),
  }),
  credentials(
    'post',
    vpPaths.request,
    'none',
    ['الطلب نفسه برقم من المحفظة', "the same, with the wallet's nonce"],
    { 200: text('application/oauth-authz-req+jwt') },
    { body: form(z.object({ wallet_nonce: z.string().max(200).optional() })) },
  ),
  credentials(
    'post',
    vpPaths.response,
    'none',
    ['هنا تجيب المحفظة', 'where the wallet answers'],
    { 200: open({ redirect_uri: z.string().optional() }) },
    { body: form(z.object({ response: z.string().optional(), vp_token: z.string().optional() })) },
  ),
  credentials('get', vciPaths.metadata, 'none', ['ما يصدر هنا وكيف', 'what is issued here, and how'], {
    200: open({
      credential_issuer: z.string(),
      credential_configurations_supported: z.record(z.string(), z.unknown()),
    }),
  }),
  credentials('get', vciPaths.offer, 'none', ['عرض بمرجع', 'an offer by reference'], {
    200: open({ credential_issuer: z.string(), credential_configuration_ids: z.array(z.string()) }),
  }),
  credentials('get', vciPaths.openOffer, 'none', ['عرض لمن يسجّل الدخول', 'an offer to whoever logs in'], {
    200: open({ credential_issuer: z.string(), credential_configuration_ids: z.array(z.string()) }),
  }),
  credentials('post', vciPaths.nonce, 'none', ['رقم لإثبات المفتاح', 'a nonce for the proof of a key'], {
    200: json(z.object({ c_nonce: z.string() })),
  }),
  credentials(
    'post',
    vciPaths.credential,
    'access_token',
    ['يصدر الوثيقة مربوطة بمفتاح', 'issues the credential, bound to a key'],
    { 200: open({ credentials: z.array(z.looseObject({ credential: z.string() })) }) },
    { body: open({ credential_configuration_id: z.string().optional() }) },
  ),
  credentials(
    'post',
    offerPath,
    'in_body',
    ['الشخص يطلب عرضًا لأي محفظة', 'the person asks for an offer that any wallet takes up'],
    { 201: json(OfferAnswer) },
    { body: json(OfferRequest) },
  ),
  published(
    'get',
    publicPaths.trustList,
    'none',
    ['قائمة الثقة موقّعة بالجذرين', 'the trust list, signed by both roots'],
    { 200: bytes(mediaTypes.trust_list), 304: null },
  ),
  published(
    'get',
    `${publicPaths.rootChange}/:roots{[0-9a-f]{32}}`,
    'none',
    [
      'القائمة التي استبدلت جذورًا مضت، لمن لا يزال عليها',
      'the list that replaced these roots, for whoever still holds them',
    ],
    { 200: bytes(mediaTypes.trust_list), 304: null },
  ),
  published('get', publicPaths.statusList, 'none', ['قائمة الحالة كلها', 'the whole status list'], {
    200: bytes(mediaTypes.status_list),
    304: null,
  }),
  published('get', '/:chunk{s[0-9]+}', 'none', ['الجزء الذي تسميه الوثائق', 'the chunk that credentials name'], {
    200: bytes(mediaTypes.status_list),
    304: null,
  }),
  published('get', publicPaths.statusSnapshot, 'none', ['لقطة الحالة للأكشاك', 'the status snapshot, for kiosks'], {
    200: bytes(mediaTypes.status_snapshot),
    304: null,
  }),
  published(
    'get',
    publicPaths.statusDeltas,
    'none',
    ['ما تغيّر منذ تسلسل معلوم', 'what changed since a sequence number'],
    { 200: bytes(mediaTypes.status_deltas) },
    { query: z.object({ after: z.string() }) },
  ),
  ...(['sdjwt', 'access'] as const).map((purpose) =>
    published(
      'get',
      `/v1/authorities/${purpose}`,
      'none',
      ['شهادة جهة الإصدار', "an issuing authority's certificate"],
      {
        200: text('application/pem-certificate-chain'),
      },
    ),
  ),
  published('get', '/healthz', 'none', ['هل يعمل', 'whether it answers'], { 200: text('text/plain') }),
  published(
    'get',
    '/openapi.json',
    'none',
    ['هذه الصفحة للآلات (OpenAPI 3.1)', 'this page for machines (OpenAPI 3.1)'],
    {
      200: open({ openapi: z.literal('3.1.0') }),
      304: null,
    },
  ),
  walletRow(
    'post',
    walletPaths.bind,
    'in_body',
    ['يربط مفتاح الجهاز برمز الإعداد', "binds a device's key with the setup code"],
    { 201: json(wallet.BindAnswer) },
    { body: json(wallet.BindRequest) },
  ),
  walletRow(
    'post',
    walletPaths.password,
    'in_body',
    ['اسم مستخدم وكلمة مرور برمز الإعداد', 'user name and password with the setup code'],
    { 201: json(wallet.PasswordAnswer) },
    { body: json(wallet.PasswordRequest) },
  ),
  walletRow(
    'post',
    walletPaths.lost,
    'in_body',
    ['هاتف ضائع: تُزال المحافظ بكلمة المرور ورمز', 'a lost phone: the wallets are removed, by password and a code'],
    { 200: json(wallet.LostAnswer) },
    { body: json(wallet.LostRequest) },
  ),
  walletRow(
    'post',
    walletPaths.requests,
    'in_body',
    ['الطلبات التي تنتظر جوابًا', 'the login requests that wait for an answer'],
    { 200: json(wallet.ListAnswer) },
    { body: json(wallet.ListRequest) },
  ),
  walletRow(
    'post',
    walletPaths.answer,
    'in_body',
    ['يوافق بالرقم المكتوب، أو يرفض، أو يبلّغ', 'approves with the typed number, refuses, or reports'],
    { 200: json(wallet.AnswerAnswer) },
    { body: json(wallet.AnswerRequest) },
  ),
  walletRow(
    'post',
    walletPaths.scan,
    'in_body',
    ['يقرأ الرمز المتحرك على صفحة الدخول', "reads the login page's animated code"],
    { 200: json(wallet.ScanAnswer) },
    { body: json(wallet.ScanRequest) },
  ),
  walletRow(
    'post',
    walletPaths.account,
    'in_body',
    ['الجلسات والأذون: عرضها وإنهاؤها', 'sessions and consents: shown, ended, taken back'],
    { 200: json(wallet.AccountAnswer) },
    { body: json(wallet.AccountRequest) },
  ),
  walletRow(
    'post',
    walletPaths.notifications,
    'in_body',
    ['ما أُبلغ به الشخص', 'what the person was told'],
    { 200: json(wallet.NotificationsAnswer) },
    { body: json(wallet.NotificationsRequest) },
  ),
  walletRow(
    'post',
    walletPaths.showings,
    'in_body',
    ['من تحقق من رموزي', 'who checked my codes'],
    { 200: json(wallet.ShowingsAnswer) },
    { body: json(wallet.ShowingsRequest) },
  ),
  walletRow(
    'post',
    walletPaths.credentialNonce,
    'in_body',
    ['رقم لإثباتات الإصدار القادم', 'a nonce for the proofs of the next issuance'],
    { 200: json(wallet.CredentialNonceAnswer) },
    { body: json(wallet.CredentialNonceRequest) },
  ),
  walletRow(
    'post',
    walletPaths.credentials,
    'in_body',
    ['وثيقة لهذا الجهاز، أو دفعة رموز عمر', 'a credential for this device, or a batch of age passes'],
    { 201: json(wallet.CredentialsAnswer) },
    { body: json(wallet.CredentialsRequest) },
  ),
  appointmentRow('get', appointmentPaths.centres, 'none', ['المراكز', 'the service centres'], {
    200: json(appointments.CentresAnswer),
  }),
  appointmentRow(
    'get',
    appointmentPaths.slots,
    'none',
    ['المواعيد المتاحة في مركز', 'free times at a centre'],
    { 200: json(appointments.SlotsAnswer) },
    { query: z.object({ date: z.string().optional() }) },
  ),
  ...(
    [
      [appointmentPaths.book, 'يحجز موعدًا', 'books a time', appointments.BookRequest],
      [appointmentPaths.move, 'يغيّر الموعد', 'moves it', appointments.BookRequest],
      [appointmentPaths.cancel, 'يلغي الموعد', 'cancels it', appointments.DocumentHolder],
      [appointmentPaths.show, 'يعرض الموعد', 'shows it', appointments.DocumentHolder],
    ] as const
  ).map(([path, ar, en, schema]) =>
    appointmentRow('post', path, 'in_body', [ar, en], { 200: open() }, { body: json(schema) }),
  ),
];
