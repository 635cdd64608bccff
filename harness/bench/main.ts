import { EXIT } from '../base/index.ts';
import { openEngine } from '../engine/index.ts';
import { findWorlds, loadWorld, type WorldModel } from '../world/index.ts';
import { type Figure, metBy, render } from './figures.ts';
import { memory } from './memory.ts';
import { oneMessage } from './one-message.ts';
import { worldReady } from './ready.ts';
import { suite } from './suite.ts';
import { usualWay } from './usual-way.ts';

/**
 * `npm run bench [PART]... [WORLD]...`: ratios measured in this one run; exit 1 when one misses its target.
 * All parts, of all worlds, unless told.
 */
const engine = await openEngine((line) => process.stderr.write(`${line}\n`));
const OF_WORLD: Readonly<Record<string, (model: WorldModel) => Promise<Figure[]>>> = {
  ready: (model) => worldReady(engine, model),
  memory: async (model) => {
    await memory(engine, model);
    return [];
  },
  suite,
};
/** What is compared with other ways to do the same, which are written for the world `starter`. */
const OF_STARTER: Readonly<Record<string, () => Promise<Figure[]>>> = { message: () => oneMessage(engine), usual: () => usualWay(engine) };

const asked = process.argv.slice(2);
const worlds = findWorlds(process.cwd()).map(({ name }) => name);
const parts = [...Object.keys(OF_WORLD), ...Object.keys(OF_STARTER)];
const unknown = asked.filter((name) => !parts.includes(name) && !worlds.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`the bench has no part and no world "${unknown.join('", "')}"; parts: ${parts.join(', ')}; worlds: ${worlds.join(', ')}\n`);
  process.exitCode = EXIT.invalidInput;
} else {
  const wanted = (name: string, among: readonly string[]): boolean => !asked.some((one) => among.includes(one)) || asked.includes(name);
  const figures: Figure[] = [];
  const measure = async (part: () => Promise<Figure[]>): Promise<void> => {
    const some = await part();
    if (some.length > 0) process.stdout.write(`${render(some)}\n`);
    figures.push(...some);
  };
  for (const world of worlds.filter((name) => wanted(name, worlds))) {
    const model = loadWorld(world);
    for (const [part, of] of Object.entries(OF_WORLD)) if (wanted(part, parts)) await measure(() => of(model));
    if (world === 'starter') for (const [part, of] of Object.entries(OF_STARTER)) if (wanted(part, parts)) await measure(of);
  }
  process.exitCode = figures.every(metBy) ? EXIT.ok : EXIT.failed;
}
