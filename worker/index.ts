// The Worker's entry: hands each kind of event to its room. Classes of Durable Objects are exported from here by name.
import { createApp } from './app.ts';
import { depsOf } from './deps.ts';
import type { Env } from './env.ts';

export { JournalBuffer } from './journal/journal-buffer.ts';
export { Login } from './logins/login.ts';
export { Person } from './logins/person.ts';

const app = createApp(depsOf);

export default {
  fetch: (request, env, context) => app.fetch(request, env, context),
} satisfies ExportedHandler<Env, string>;
