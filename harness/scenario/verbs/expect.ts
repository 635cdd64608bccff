import { z } from 'zod';
import type { Path } from '../../base/index.ts';
import { CHECKS } from '../checks/index.ts';
import { type Expectations, meet } from '../expectations.ts';
import { OUTCOME_KINDS } from '../outcomes/index.ts';
import { verb } from './verb.ts';

const KINDS = new Map([...OUTCOME_KINDS.map((kind) => [kind.kind, kind.schema] as const), ...CHECKS.map((check) => [check.name, check.schema] as const)]);

/** One outcome or check: a map with exactly one of the known keys. */
export const itemSchema = z.strictObject(Object.fromEntries([...KINDS].map(([name, schema]) => [name, schema.optional()]))).check(({ value, issues }) => {
  const names = Object.keys(value);
  // A kind that is not known has been said already.
  if (names.length === 1 || (names.length === 0 && issues.length > 0)) return;
  issues.push({ code: 'custom', input: value, message: names.length === 0 ? 'names no outcome' : `one outcome or check each, not ${names.join(' and ')}: begin each with "- "` });
});

const schema = z.union([z.literal('nothing'), z.array(itemSchema).min(1)]);

export const expectVerb = verb({
  name: 'expect',
  description: 'waits until the mail is settled; every outcome since the last `expect` must be named, once each, in any order',
  schema,
  examples: [
    'nothing',
    [...OUTCOME_KINDS.map((kind) => ({ [kind.kind]: kind.example })), ...CHECKS.flatMap((check) => check.examples.map((example) => ({ [check.name]: example })))],
  ],
  given: false,
  changes: () => false,
  summary: (value) => (value === 'nothing' ? 'expect nothing' : `expect ${value.map((item) => Object.keys(item)[0]).join(', ')}`),
  check: (value, context) => {
    const { outcomes, checks } = read(value);
    if (outcomes.length > 0 && context.sent.length === 0)
      context.problem(outcomes[0]?.path ?? [], 'nothing-sent', 'nothing is sent before this step, so there is no outcome to expect');
    for (const { bound, path } of checks) bound.check(path, context);
    for (const { named, path } of outcomes) checkOutcome(named.kind, named.value, path, context);
  },
  run: (value, context) => meet(context, read(value), { unwritten: false }),
});

/** Messages, hosts, users and outside domains that an outcome names must exist. */
function checkOutcome(kind: string, value: unknown, path: Path, context: Parameters<ReturnType<typeof expectVerb.bind>['check']>[0]): void {
  if (typeof value !== 'object' || value === null) return;
  const field = (name: string): unknown => (name in value ? Reflect.get(value, name) : undefined);
  const at = (name: string): Path => [...path, kind, name];
  const isName = (text: unknown): text is string => typeof text === 'string' && !/[*?]|^\//.test(text);
  const message = field('message');
  if (typeof message === 'string' || typeof message === 'number') context.message(at('message'), message);
  const mailbox = field('mailbox');
  if (isName(mailbox)) context.user(at('mailbox'), mailbox);
  const place = field('at');
  if (!isName(place)) return;
  // What a host keeps in a file or gives to a command ends on that host.
  const isHost = kind === 'delivered' && (field('into') !== undefined || context.model.hosts.some((host) => host.name === place));
  if ((kind === 'delivered' && !isHost) || kind === 'returned') context.outsideDomain(at('at'), place);
  else context.host(at('at'), place);
}

function read(value: z.infer<typeof schema>): Expectations {
  const expectations: Expectations = { outcomes: [], checks: [] };
  if (value === 'nothing') return expectations;
  for (const [index, item] of value.entries()) {
    for (const [name, inner] of Object.entries(item)) {
      const outcome = OUTCOME_KINDS.find((kind) => kind.kind === name);
      const check = CHECKS.find((one) => one.name === name);
      if (outcome) expectations.outcomes.push({ named: outcome.bind(inner), path: [index] });
      else if (check) expectations.checks.push({ bound: check.bind(inner), name, value: inner, path: [index, name] });
    }
  }
  return expectations;
}
