import { EXIT } from '../base/index.ts';
import { openEngine } from '../engine/index.ts';
import { type Figure, metBy, render } from './figures.ts';
import { oneMessage } from './one-message.ts';
import { worldReady } from './ready.ts';
import { suite } from './suite.ts';
import { usualWay } from './usual-way.ts';

/** `npm run bench [ready] [message] [suite] [usual]`: ratios measured in this one run; exit 1 when one misses its target. */
const engine = await openEngine((line) => process.stderr.write(`${line}\n`));
const PARTS: Readonly<Record<string, () => Promise<Figure[]>>> = {
  ready: () => worldReady(engine),
  message: () => oneMessage(engine),
  suite,
  usual: () => usualWay(engine),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  process.stderr.write(`the bench has no part "${unknown.join('", "')}"; it has ${Object.keys(PARTS).join(', ')}\n`);
  process.exitCode = EXIT.invalidInput;
} else {
  const figures: Figure[] = [];
  for (const [name, measure] of Object.entries(PARTS)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const some = await measure();
    process.stdout.write(`${render(some)}\n`);
    figures.push(...some);
  }
  process.exitCode = figures.every(metBy) ? EXIT.ok : EXIT.failed;
}
