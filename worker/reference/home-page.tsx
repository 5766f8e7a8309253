// What somebody finds who opens the edge's bare address: where its pages are. No script, both languages.

import { Layout } from '../openid/pages/layout.tsx';
import type { Locale } from '../openid/pages/texts.ts';
import { referenceStylePath } from './page.tsx';

export const homePath = '/';

type Door = readonly [path: string, title: string, hint: string];

const words: Readonly<
  Record<Locale, { readonly title: string; readonly lead: string; readonly doors: readonly Door[] }>
> = {
  ar: {
    title: 'الهوية الرقمية',
    lead: 'إلى أين تريد؟',
    doors: [
      ['/verify', 'التحقق من رمز', 'لأي منشأة: امسح الرمز واعرف حكمه'],
      ['/account', 'حسابي', 'أجهزتي وجلساتي ومن اطّلع على بياناتي'],
      ['/setup', 'إعداد الحساب', 'برمز الإعداد الذي أعطاه التفعيل'],
      ['/recover', 'استعادة الدخول', 'برمز من رموز الاستعادة'],
      ['/reference', 'مرجع الواجهات', 'لمن يربط خدمته أو برنامجه'],
    ],
  },
  en: {
    title: 'Digital identity',
    lead: 'Where would you like to go?',
    doors: [
      ['/verify', 'Check a code', 'for any business: scan it and read the verdict'],
      ['/account', 'My account', 'my devices, my sessions, who saw my data'],
      ['/setup', 'Set up an account', 'with the setup code that activation gave'],
      ['/recover', 'Recover access', 'with one of the recovery codes'],
      ['/reference', 'API reference', 'for whoever connects a service or software'],
    ],
  },
};

export function HomePage({ locale }: { readonly locale: Locale }) {
  const t = words[locale];
  const otherLanguage = `${homePath}?lang=${locale === 'ar' ? 'en' : 'ar'}`;
  return (
    <Layout frame={{ locale, otherLanguage }} heading={t.title}>
      <link rel="stylesheet" href={referenceStylePath} />
      <h1>{t.title}</h1>
      <p>{t.lead}</p>
      <ul class="doors">
        {t.doors.map(([path, title, hint]) => (
          <li>
            <a href={path === '/verify' ? path : `${path}?lang=${locale}`}>{title}</a>
            <span>{hint}</span>
          </li>
        ))}
      </ul>
    </Layout>
  );
}
