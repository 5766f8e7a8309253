// `npm run demo -- --login`: each flow, each level, each refusal, over real HTTP. Every row says what must come of it; a row that comes
// out otherwise is told as wrong, the rest is told all the same, and the whole ends with exit code 1.

import { checkAnswers } from '../../support/answer-check.ts';
import type { Play } from '../demo.ts';
import { expect, WrongOutcome } from '../story.ts';
import { buildCountry, type Country } from './country.ts';
import { Listener } from './listener.ts';
import { flows } from './steps-flows.ts';
import { levels } from './steps-levels.ts';
import { newer } from './steps-newer.ts';
import { refusals } from './steps-refusals.ts';
import { sessions } from './steps-sessions.ts';
import { early, late } from './steps-time.ts';

/** `comes`: what `run` must answer, word for word. */
export type LoginStep = {
  readonly name: string;
  readonly comes: string;
  readonly run: (country: Country) => Promise<string>;
};

/** `early` begins what `late` finds expired; what is between takes the time. */
const table: readonly LoginStep[] = [...early, ...flows, ...levels, ...refusals, ...sessions, ...newer, ...late];

export const loginPlay: Play = {
  stage: {},
  async play(stage, story) {
    const listener = await Listener.start();
    const answers = checkAnswers(stage.edge.url);
    try {
      const country = await story.tell('a network; Noura is activated by her finger, six services', async (say) => {
        const built = await buildCountry(stage, listener);
        say('wallet, password, authenticator app and passkey bound');
        return built;
      });
      let wrong = 0;
      for (const step of table) {
        try {
          await story.tell(step.name, async (say) => {
            const came = await step.run(country);
            say(came);
            expect(came === step.comes, `should be: ${step.comes}`);
          });
        } catch {
          wrong++;
        }
      }
      await story.tell('every answer that came is as the OpenAPI document says', async (say) => {
        const found = await answers.result();
        say(`${found.answers} answers of ${found.routes} routes`);
        expect(found.wrong.length === 0, found.wrong.join('; '));
      });
      if (wrong > 0) throw new WrongOutcome(`${wrong} of ${table.length} came out wrong`);
    } finally {
      listener.close();
    }
  },
};
