import { existsSync } from 'node:fs';
import path from 'node:path';
import { InputError, MailproofError } from '../../base/index.ts';
import type { World } from '../../world/index.ts';
import { type DoneStep, stepsDone } from '../by-hand/journal.ts';
import { parseScenarios } from '../scenario-file.ts';
import { VERBS } from '../verbs/index.ts';
import { retrace } from './retrace.ts';
import { scenarioText } from './scenario-text.ts';
import { stillStanding } from './standing.ts';

export interface RecordOptions {
  /** Where the text is to stand, absolute; nothing is written. */
  file: string;
  title?: string;
  /** Numbers of the first and the last step; all of them unless told. */
  fromStep?: number;
  toStep?: number;
}

export interface Recorded {
  /** Of the scenario file. */
  text: string;
  title: string;
  /** How many of the steps that were done stand in it. */
  steps: number;
  /** What the file cannot say, one sentence each. */
  unsaid: string[];
}

/** So many stand in the title; more would not be read. */
const TITLE_STEPS = 2;

/**
 * What was done by hand in a running world, and what came of it, as a scenario file that goes the same way in a fresh instance.
 * @throws MailproofError NOT_FOUND when nothing was done; DEADLINE while mail is on its way
 */
export async function recordScenario(world: World, options: RecordOptions): Promise<Recorded> {
  const { model, ref } = world;
  const all = await stepsDone(world.hub);
  const { fromStep = 1, toStep = all.length } = options;
  const chosen = all.filter(({ number }) => number >= fromStep && number <= toStep);
  if (chosen.length === 0)
    throw new MailproofError('NOT_FOUND', all.length === 0 ? 'nothing was done in this world yet' : `no step from ${fromStep} to ${toStep}; ${all.length} were done`, {
      hint: all.length === 0 ? 'do what is to be recorded, such as: mailproof send --to ADDRESS' : 'mailproof record --list shows them with their numbers',
    });
  const before = stillStanding(all.filter(({ number }) => number < fromStep));
  const after = all.find(({ number }) => number > toStep);
  const parts = await retrace(world, [...before, ...chosen], after?.after);
  const title = options.title ?? titleOf(chosen);
  const laid = Object.entries(ref.files ?? {}).map(
    ([host, folders]) => `${host} had ${folders.map((folder) => path.basename(folder)).join(', ')} laid over it (up --files), which a run does not have`,
  );
  const head = [
    ...schemaLine(model.root, options.file),
    `# Recorded in ${model.name}/${model.variant}. It says what happened: edit what is expected into what should happen.`,
    ...laid.map((line) => `# ${line}`),
  ];
  const text = scenarioText({ title, head, parts });
  const shown = path.relative(process.cwd(), options.file) || options.file;
  const { diagnostics } = parseScenarios(shown, text, model);
  if (diagnostics.length > 0) throw new InputError(diagnostics, new Map([[shown, text]]));
  return { text, title, steps: parts.filter(({ is }) => is === 'step').length, unsaid: [...laid, ...parts.flatMap((part) => (part.is === 'remark' ? [part.text] : []))] };
}

function titleOf(steps: readonly DoneStep[]): string {
  const summaries = steps.flatMap(
    ({ verb, value }) =>
      VERBS.find(({ name }) => name === verb)
        ?.bind(value)
        .summary() ?? [],
  );
  const more = summaries.length > TITLE_STEPS ? ` and ${summaries.length - TITLE_STEPS} more steps` : '';
  return `Recorded: ${summaries.slice(0, TITLE_STEPS).join(', ') || 'nothing that the language has words for'}${more}`;
}

/** For editors, where the schema can be reached from the file. */
function schemaLine(root: string, file: string): string[] {
  const schema = ['docs/schema/scenario.json', 'node_modules/mailproof/docs/schema/scenario.json'].map((one) => path.join(root, one)).find((one) => existsSync(one));
  return schema === undefined ? [] : [`# yaml-language-server: $schema=${path.relative(path.dirname(file), schema)}`];
}
