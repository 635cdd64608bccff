import { stringify } from 'yaml';
import { InputError } from '../../base/index.ts';
import { parseScenarios, type Scenario, type ScenarioExample } from '../../scenario/index.ts';
import type { WorldModel } from '../../world/index.ts';
import { type Case, type CaseMessage, SMALL_LIE } from './case.ts';

/** What a scenario expects, instead of looking only. */
export interface Expected {
  /** Items of `expect`; none: nothing comes of it. */
  items: readonly Record<string, unknown>[];
  /** The replies of the dialog, where the case is one. */
  replies: readonly DialogReply[];
}

export interface DialogReply {
  '<-': number | readonly string[];
  enhanced?: string;
  has?: readonly string[];
}

const ANY: DialogReply = { '<-': ['2xx', '3xx', '4xx', '5xx'] };

/** A case as a scenario of the world: one message, and a look at all that came of it. */
export function scenarioYaml(one: Case, title: string, expected?: Expected): string {
  const names = [one.from, ...one.to].flatMap((address) => /@((?:nowhere|sub)-\$\{run\}\.[\w.-]+)$/i.exec(address)?.[1]?.toLowerCase() ?? []);
  const given = names.length === 0 ? {} : { given: [{ dns: Object.fromEntries(names.map((name) => [name, 'nxdomain'])) }] };
  const expect = expected === undefined || expected.items.length === 0 ? 'nothing' : expected.items;
  const first = one.announced === undefined ? { send: sendOf(one) } : { dialog: dialogOf({ ...one, announced: one.announced }, expected?.replies ?? []) };
  return stringify({ scenario: title, ...given, steps: [first, { expect }] }, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** @throws InputError for a case that the language cannot say */
export function readCase(file: string, yaml: string, model: WorldModel): { scenario: Scenario; example: ScenarioExample } {
  const { scenarios, diagnostics } = parseScenarios(file, yaml, model);
  const [scenario] = scenarios;
  const [example] = scenario?.examples ?? [];
  if (scenario === undefined || example === undefined || diagnostics.length > 0) throw new InputError(diagnostics, new Map([[file, yaml]]));
  return { scenario, example };
}

function sendOf({ client, helo, tls, from, to, message }: Case): Record<string, unknown> {
  const more = Object.entries({ client, helo, tls, message: message === undefined ? undefined : messageOf(message) }).filter(([, value]) => value !== undefined);
  return { from, to: to.length === 1 ? to[0] : to, ...Object.fromEntries(more) };
}

function messageOf(message: CaseMessage): Record<string, unknown> {
  return 'size' in message ? { size: message.size } : { raw: `${message.headers.map(([name, value]) => `${name}: ${value}\n`).join('')}\n${message.body}` };
}

/** Everything that a client says, each with what must come before the next. */
function dialogOf({ client, helo, from, to, announced, message }: Case & { announced: number }, replies: Expected['replies']): Record<string, unknown> {
  const path = from === '<>' ? '<>' : `<${from}>`;
  const content = { message: message === undefined ? { headers: { 'X-Explored': 'yes' } } : messageOf(message) };
  const said: readonly (readonly unknown[])[] = [
    [`-> EHLO ${helo ?? 'client.test'}`],
    [`-> MAIL FROM:${path} SIZE=${announced}`],
    ...to.map((one) => [`-> RCPT TO:<${one}>`]),
    ...(announced <= SMALL_LIE ? [['-> DATA'], [content, '-> .']] : [['-> RSET']]),
    ['-> QUIT'],
  ];
  const reply = (index: number): DialogReply => replies[index] ?? ANY;
  return { ...(client === undefined ? {} : { client }), lines: [reply(0), ...said.flatMap((lines, index) => [...lines, reply(index + 1)])] };
}
