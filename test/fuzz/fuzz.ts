// `npm run fuzz`: every decoder's property, a million cases each (or `-- --cases N`, or `-- cbor` for one). A property that
// fails prints its seed and the smallest input that shows it; one case that takes over 50 ms is a failure too.
import fc from 'fast-check';
import { targets } from './targets.ts';

const flag = process.argv.indexOf('--cases');
const cases = flag > 0 ? Number(process.argv[flag + 1]) : 1_000_000;
const words = process.argv
  .slice(2)
  .filter((argument, i) => !argument.startsWith('-') && process.argv[i + 1] !== '--cases');
if (!Number.isSafeInteger(cases) || cases < 1) throw new RangeError('--cases takes a whole number');

let failed = 0;
for (const target of targets) {
  if (words.length > 0 && !words.some((word) => target.name.includes(word))) continue;
  const started = performance.now();
  const details = await fc.check(target.property as fc.IAsyncProperty<unknown>, { numRuns: cases });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (details.failed) {
    failed++;
    console.log(`FAIL  ${target.name}  ${seconds} s`);
    console.log(fc.defaultReportMessage(details));
  } else {
    console.log(`ok    ${target.name}  ${details.numRuns} cases  ${seconds} s`);
  }
}
process.exit(failed === 0 ? 0 : 1);
