import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EXIT, MailproofError, messageOf } from '../../base/index.ts';
import { type DoneStep, recordScenario, stepsDone } from '../../scenario/index.ts';
import { attachWorld, type WorldModel } from '../../world/index.ts';
import { type Command, count, flag, print, progress, text } from '../command.ts';
import { findInstance, onOption } from '../instances.ts';
import { table } from '../table.ts';

const SUFFIX = '.scenario.yaml';

export const record: Command = {
  name: 'record',
  usage: '(FILE.scenario.yaml [--title T] [--from-step N] [--to-step N] [--force] | --list) [--on INSTANCE]',
  options: { ...onOption, list: { type: 'boolean' }, title: { type: 'string' }, 'from-step': { type: 'string' }, 'to-step': { type: 'string' }, force: { type: 'boolean' } },
  async run(args) {
    const [name, ...more] = args.positionals;
    const listed = flag(args, 'list');
    if (listed === (name !== undefined) || more.length > 0)
      throw new MailproofError('USAGE', 'mailproof record takes one file to write, or --list', { hint: `mailproof record scenarios/starter/late${SUFFIX}` });
    await using world = await attachWorld(await findInstance(text(args, 'on')));
    if (name === undefined) {
      const steps = await stepsDone(world.hub);
      print(args, steps, () => (steps.length === 0 ? 'nothing was done in this world yet' : table(['STEP', 'AT', 'COMMAND'], steps.map(rowOf))));
      return EXIT.ok;
    }
    const file = path.resolve(name);
    checkFile(name, file, flag(args, 'force'), world.model);
    const [title, fromStep, toStep] = [text(args, 'title'), count(args, 'from-step', 1), count(args, 'to-step', 1)];
    const recorded = await recordScenario(world, {
      file,
      ...(title === undefined ? {} : { title }),
      ...(fromStep === undefined ? {} : { fromStep }),
      ...(toStep === undefined ? {} : { toStep }),
    });
    write(name, file, recorded.text);
    for (const line of recorded.unsaid) progress(`left out: ${line}`);
    const { variant } = world.model;
    print(args, { file, ...recorded }, () => `${name}: ${recorded.steps} steps\n  mailproof run ${name} --variant ${variant}`);
    return EXIT.ok;
  },
};

function rowOf({ number, at, command, verb, trouble }: DoneStep): string[] {
  return [
    String(number),
    new Date(at).toISOString(),
    `${command ?? `${verb ?? ''} (no command says all of it)`}${trouble === undefined ? '' : `   failed: ${trouble.split('\n', 1)[0]}`}`,
  ];
}

/** @throws MailproofError USAGE */
function checkFile(name: string, file: string, force: boolean, { dir }: WorldModel): void {
  if (!file.endsWith(SUFFIX)) throw new MailproofError('USAGE', `${name} is not the name of a scenario file, which ends in ${SUFFIX}`, { hint: `${name}${SUFFIX}` });
  if (path.relative(dir, file).startsWith('..'))
    throw new MailproofError('USAGE', `${name} does not lie in the folder of its world, where it would be run`, {
      hint: path.join(path.relative(process.cwd(), dir), path.basename(file)),
    });
  if (existsSync(file) && !force) throw new MailproofError('USAGE', `${name} is there already`, { hint: 'another name, or --force to write over it' });
}

/** @throws MailproofError USAGE */
function write(name: string, file: string, content: string): void {
  try {
    writeFileSync(file, content);
  } catch (cause) {
    throw new MailproofError('USAGE', `cannot write ${name}: ${messageOf(cause)}`, { cause });
  }
}
