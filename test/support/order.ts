// The order of test files. Long ones first, as vitest has it; but what only computes runs beside what mostly waits for a browser, where
// by the projects' names it would come last, when every core is busy anyway.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const computes = ({ moduleId }: TestSpecification) => moduleId.endsWith('-routes.fuzz.test.ts');
/** So many others between two of them: two at once would leave one core for all else. */
const between = 6;

export class Order extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const others = sorted.filter((file) => !computes(file));
    for (const [i, file] of sorted.filter(computes).entries()) others.splice(i * (between + 1), 0, file);
    return others;
  }
}
