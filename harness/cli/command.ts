import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { type ExitCode, MailproofError, nearest } from '../base/index.ts';

export interface Arguments {
  values: Record<string, string | boolean | (string | boolean)[] | undefined>;
  positionals: string[];
  json: boolean;
}

const SIGN = '\0';

/** One file of commands/ makes one of these; main.ts lists them. */
export interface Command {
  name: string;
  /** What stands behind the name in the usage. */
  usage: string;
  options: ParseArgsOptionsConfig;
  run(args: Arguments): Promise<ExitCode>;
}

/** @throws MailproofError USAGE with the nearest option where one was mistyped */
export function parseCommandLine(command: Command, argv: string[]): Arguments {
  const options: ParseArgsOptionsConfig = { ...command.options, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } };
  // `clock advance -5m`: a dash before a digit is a sign, not an option.
  const signed = argv.map((arg) => (/^-\d/.test(arg) ? `${SIGN}${arg}` : arg));
  const lenient = parseArgs({ args: signed, options, strict: false, allowPositionals: true, tokens: true });
  for (const token of lenient.tokens) {
    if (token.kind !== 'option') continue;
    const option = options[token.name];
    if (option === undefined) {
      const meant = nearest(token.name, Object.keys(options));
      throw new MailproofError('USAGE', `mailproof ${command.name} has no option ${token.rawName}`, {
        hint: meant === undefined ? `usage: mailproof ${command.name} ${command.usage}` : `did you mean --${meant}?`,
      });
    }
    const swallowed = token.inlineValue === false && token.value?.startsWith('-') === true;
    if (option.type === 'string' && (token.value === undefined || swallowed))
      throw new MailproofError('USAGE', `option ${token.rawName} of mailproof ${command.name} needs a value`);
    if (option.type === 'boolean' && token.inlineValue === true) throw new MailproofError('USAGE', `option ${token.rawName} of mailproof ${command.name} takes no value`);
  }
  const unsigned = (value: string | boolean | undefined): string | boolean | undefined => (typeof value === 'string' && value.startsWith(SIGN) ? value.slice(SIGN.length) : value);
  const values = Object.fromEntries(
    Object.entries(lenient.values).map(([key, value]) => [key, Array.isArray(value) ? value.flatMap((one) => unsigned(one) ?? []) : unsigned(value)]),
  );
  return { values, positionals: lenient.positionals.map((value) => String(unsigned(value))), json: values.json === true };
}

export function text(args: Arguments, name: string): string | undefined {
  const value = args.values[name];
  return typeof value === 'string' ? value : undefined;
}

export function flag(args: Arguments, name: string): boolean {
  return args.values[name] === true;
}

export function texts(args: Arguments, name: string): string[] {
  return [args.values[name] ?? []].flat().filter((value) => typeof value === 'string');
}

/** A whole number of at least `least`. @throws MailproofError USAGE */
export function count(args: Arguments, name: string, least = 0): number | undefined {
  const value = text(args, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isInteger(number) || number < least) throw new MailproofError('USAGE', `--${name} takes a whole number from ${least}, got "${value}"`);
  return number;
}

/** One line of JSON, or the text. */
export function print(args: Arguments, value: unknown, plain: () => string): void {
  process.stdout.write(args.json ? `${JSON.stringify(value)}\n` : `${plain()}\n`);
}

/** Progress belongs to standard error, so that --json stays clean. */
export function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
