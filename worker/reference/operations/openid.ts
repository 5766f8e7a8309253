// The provider and how services register: the rows of OpenID Connect, OAuth, CIBA and registration.
import * as z from 'zod';
import { ClientMetadata } from '../../clients/client.ts';
import { logosPath } from '../../clients/logo.ts';
import { Overlap, registrationPath } from '../../clients/registration-routes.ts';
import { paths } from '../../openid/discovery.ts';
import { NewRequest, StatusRequest } from '../../openid/facade/requests.ts';
import { facadePaths } from '../../openid/facade/routes.ts';
import * as shapes from '../openid-shapes.ts';
import { bytes, form, json, type Operation, open, rowsOf, text } from '../operation.ts';

const registered = json(
  z.looseObject({ client_id: z.string(), registration_client_uri: z.string(), tawthiq_state: z.string() }),
);
const one = `${registrationPath}/:id`;

const openid = rowsOf('openid');
const clients = rowsOf('clients');
const facade = rowsOf('facade');

export const openidOperations: readonly Operation[] = [
  openid('get', paths.discovery, 'none', ['كل ما تحتاجه مكتبة لتبدأ', 'everything a library needs to begin'], {
    200: json(shapes.Metadata),
  }),
  openid(
    'get',
    paths.oauthMetadata,
    'none',
    ['البيانات نفسها بعنوان RFC 8414', 'the same at the address of RFC 8414'],
    { 200: json(shapes.Metadata) },
  ),
  openid('get', paths.jwks, 'none', ['المفاتيح التي تُوقَّع بها رموز الهوية', 'the keys that ID tokens are signed with'], {
    200: json(shapes.Jwks),
  }),
  openid(
    'get',
    paths.authorize,
    'none',
    ['يبدأ دخول شخص: المتصفح يُرسَل إلى هنا', 'begins a login: the browser is sent here'],
    { 200: text('text/html'), 303: null, 400: text('text/html') },
    { query: shapes.AuthorizationParams },
  ),
  openid(
    'post',
    paths.authorize,
    'none',
    ['الطلب نفسه بنموذج', 'the same as a form'],
    { 200: text('text/html'), 303: null, 400: text('text/html') },
    { body: form(shapes.AuthorizationParams) },
  ),
  openid(
    'post',
    paths.par,
    'client',
    ['يودِع الطلب مسبقًا (RFC 9126)', 'pushes the request beforehand (RFC 9126)'],
    { 201: json(shapes.PushedAnswer) },
    { body: form(shapes.PushedParams) },
  ),
  openid(
    'post',
    paths.token,
    'client',
    ['يبدّل رمزًا أو إذنًا برموز الوصول والهوية', 'exchanges a code, a refresh token or an answered request for tokens'],
    { 200: json(shapes.TokenAnswer) },
    { body: form(shapes.TokenForm) },
  ),
  openid(
    'get',
    paths.userinfo,
    'access_token',
    ['ما أذن به الشخص من بياناته', 'what the person let this service see'],
    { 200: json(shapes.UserinfoAnswer) },
  ),
  openid('post', paths.userinfo, 'access_token', ['البيانات نفسها بطلب POST', 'the same by POST'], {
    200: json(shapes.UserinfoAnswer),
  }),
  openid(
    'post',
    paths.introspect,
    'client',
    ['هل الرمز صالح الآن، وبأي مستوى (RFC 7662)', 'whether a token is good now, and at which level (RFC 7662)'],
    { 200: json(shapes.IntrospectionAnswer) },
    { body: form(shapes.TokenQuestion) },
  ),
  openid(
    'post',
    paths.revoke,
    'client',
    ['يبطل رمزًا (RFC 7009)', 'takes a token back (RFC 7009)'],
    { 200: open() },
    { body: form(shapes.TokenQuestion) },
  ),
  openid(
    'get',
    paths.logout,
    'none',
    ['خروج يطلبه المتصفح باسم خدمة', 'logout that a service asks for, through the browser'],
    { 200: text('text/html'), 303: null, 400: text('text/html') },
    { query: shapes.LogoutParams },
  ),
  openid(
    'post',
    paths.logout,
    'none',
    ['الخروج نفسه بنموذج', 'the same as a form'],
    { 200: text('text/html'), 303: null, 400: text('text/html') },
    { body: form(shapes.LogoutParams) },
  ),
  openid(
    'post',
    paths.device,
    'client',
    ['جهاز بلا متصفح يطلب دخولًا (RFC 8628)', 'a device without a browser asks for a login (RFC 8628)'],
    { 200: json(shapes.DeviceAnswer) },
    { body: form(shapes.DeviceForm) },
  ),
  openid(
    'post',
    paths.backchannel,
    'client',
    ['خدمة تطلب شخصًا تعرف رقمه (CIBA)', 'a service asks for a person whose number it knows (CIBA)'],
    { 200: json(shapes.BackchannelAnswer) },
    { body: form(shapes.BackchannelForm) },
  ),
  facade(
    'post',
    facadePaths.request,
    'app_key',
    ['يطلب شخصًا برقمه، ويعود بالرقم الذي يُعرض', 'asks for a person by number; the number to show comes back'],
    { 201: json(shapes.FacadeBegun) },
    {
      body: json(NewRequest),
      query: z.object({ local: z.enum(['ar', 'en']).optional(), requestId: z.string().max(64).optional() }),
    },
  ),
  facade(
    'post',
    facadePaths.status,
    'app_key',
    ['كيف يقف الطلب', 'how the request stands'],
    { 200: json(shapes.FacadeStanding) },
    { body: json(StatusRequest) },
  ),
  facade(
    'get',
    facadePaths.keys,
    'none',
    ['المفاتيح التي تُوقَّع بها أجوبته', 'the keys that its answers are signed with'],
    {
      200: json(shapes.Jwks),
    },
  ),
  clients(
    'post',
    registrationPath,
    'initial_access',
    ['خدمة تسجّل نفسها (RFC 7591)', 'a service registers itself (RFC 7591)'],
    { 201: registered },
    { body: json(ClientMetadata) },
  ),
  clients(
    'get',
    one,
    'registration',
    ['ما سُجّل، وأين بلغت المراجعة', 'what is registered, and where its review stands'],
    { 200: registered },
  ),
  clients(
    'put',
    one,
    'registration',
    ['يغيّر التسجيل (RFC 7592)', 'changes the registration (RFC 7592)'],
    { 200: registered },
    { body: json(ClientMetadata) },
  ),
  clients('delete', one, 'registration', ['يغلق التسجيل نهائيًا', 'closes the registration for ever'], { 204: null }),
  clients(
    'post',
    `${one}/secret`,
    'registration',
    ['سر جديد، والسابق صالح مدة', 'a new secret; the one before stays good for a while'],
    { 201: registered },
    { body: json(Overlap) },
  ),
  clients(
    'post',
    `${one}/token`,
    'registration',
    ['رمز إدارة جديد، والسابق لا ينفع بعده', 'a new registration access token; the one before is nothing from then on'],
    { 201: registered },
  ),
  clients(
    'post',
    `${one}/domains`,
    'registration',
    ['ينظر في ملف إثبات النطاق', 'looks at the file that proves the domain'],
    { 200: registered },
  ),
  clients(
    'get',
    `${logosPath}/:sha256`,
    'none',
    ['شعار خدمة، كما رأته الجهة', 'the logo of a service, as the authority saw it'],
    { 200: bytes('image/png') },
  ),
];
