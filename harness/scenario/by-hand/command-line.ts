import { stringify } from 'yaml';
import { z } from 'zod';
import { shellWord } from '../../base/index.ts';
import { normalName, outsidePartySchema, type WorldModel } from '../../world/index.ts';

/** Words of the command line for the value of a verb; undefined where the command cannot say it. */
type Words = (value: unknown, model: WorldModel) => string[] | undefined;

/** A form that the command can say: another value is not for it. */
function form<T>(schema: z.ZodType<T>, words: (value: T, model: WorldModel) => string[] | undefined): Words {
  return (value, model) => {
    const read = schema.safeParse(value);
    return read.success ? words(read.data, model) : undefined;
  };
}

const option = (name: string, value: string | number | undefined): string[] => (value === undefined ? [] : [`--${name}`, String(value)]);

const sendable = z.strictObject({
  from: z.string(),
  to: z.union([z.string(), z.array(z.string())]),
  client: z.string().optional(),
  helo: z.string().optional(),
  server: z.string().optional(),
  port: z.number().optional(),
  tls: z.string().optional(),
  user: z.string().optional(),
  password: z.string().optional(),
  message: z.strictObject({ subject: z.string().optional(), body: z.string().optional(), size: z.union([z.string(), z.number()]).optional() }).optional(),
});

const sending = form(sendable, ({ from, to, message, ...rest }) => [
  ...option('from', from),
  ...[to].flat().flatMap((one) => option('to', one)),
  ...Object.entries(rest).flatMap(([name, value]) => option(name, value)),
  ...option('subject', message?.subject),
  ...option('body', message?.body),
  ...option('size', message?.size),
]);

const machines = form(z.union([z.string(), z.array(z.string())]), (targets) => [targets].flat());
const ends = form(z.tuple([z.string(), z.string()]), (between) => between);

/** `{ greylist: 5m }` as the command takes it: without the braces. */
function behaviourText(behaviour: unknown): string {
  return typeof behaviour === 'string'
    ? behaviour
    : stringify(behaviour, { collectionStyle: 'flow', lineWidth: 0 })
        .trim()
        .replace(/^\{ (.*) \}$/s, '$1');
}

const outside = form(z.record(z.string(), outsidePartySchema), (value, model) => {
  const [entry, ...more] = Object.entries(value);
  if (entry === undefined || more.length > 0) return undefined;
  const [domain, { behaves = [], ...rest }] = entry;
  // The command changes how a domain behaves, and leaves the rest as the world file says.
  const { behaves: asDeclared = [], ...declared } = model.outsideYaml[normalName(domain)] ?? {};
  if (JSON.stringify(rest) !== JSON.stringify(declared)) return undefined;
  if (JSON.stringify(behaves) === JSON.stringify(asDeclared)) return [domain, '--restore'];
  return behaves.length === 0 ? undefined : [domain, ...behaves.map(behaviourText)];
});

const clock: Words = (value, model) =>
  form(z.string().regex(/^advance \d/), (text) => text.split(' '))(value, model) ??
  form(z.strictObject({ host: z.string(), skew: z.string() }), ({ host, skew }) => ['advance', skew.replace(/^\+/, ''), '--host', host])(value, model);

/** By verb, the command that does the same at the desk. */
const COMMANDS: Readonly<Record<string, { command: string; words: Words }>> = {
  send: { command: 'send', words: sending },
  submit: { command: 'send', words: sending },
  clock: { command: 'clock', words: clock },
  stop: { command: 'stop', words: machines },
  start: { command: 'start', words: machines },
  kill: { command: 'kill', words: machines },
  pause: { command: 'pause', words: machines },
  restart: { command: 'restart', words: machines },
  cut: { command: 'cut', words: ends },
  heal: { command: 'heal', words: ends },
  slow: {
    command: 'slow',
    words: form(z.strictObject({ between: z.tuple([z.string(), z.string()]), delay: z.string().optional(), 'lose one in': z.number().optional() }), (value) => [
      ...value.between,
      ...(value.delay === undefined ? [] : [value.delay]),
      ...option('lose-one-in', value['lose one in']),
    ]),
  },
  outside: { command: 'outside', words: outside },
};

/** The command line that does at the desk what this step does in a scenario; undefined where no command says all of it. */
export function commandOf(model: WorldModel, verb: string, value: unknown): string | undefined {
  const known = Object.hasOwn(COMMANDS, verb) ? COMMANDS[verb] : undefined;
  const words = known?.words(value, model);
  return known === undefined || words === undefined ? undefined : commandLine([known.command, ...words]);
}

/** What a shell reads as these words. */
export const commandLine = (words: readonly string[]): string => ['mailproof', ...words.map(shellWord)].join(' ');
