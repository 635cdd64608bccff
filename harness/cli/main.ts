import { EXIT, type ExitCode, MailproofError, messageOf, nearest } from '../base/index.ts';
import { type Command, parseCommandLine } from './command.ts';
import { check } from './commands/check.ts';
import { clock } from './commands/clock.ts';
import { doctor } from './commands/doctor.ts';
import { down } from './commands/down.ts';
import { logs } from './commands/logs.ts';
import { parity } from './commands/parity.ts';
import { ps } from './commands/ps.ts';
import { queue } from './commands/queue.ts';
import { report } from './commands/report.ts';
import { run } from './commands/run.ts';
import { send } from './commands/send.ts';
import { shell } from './commands/shell.ts';
import { start } from './commands/start.ts';
import { trace } from './commands/trace.ts';
import { up } from './commands/up.ts';

const COMMANDS: readonly Command[] = [doctor, check, run, parity, report, up, down, ps, send, trace, queue, logs, shell, clock, start];

function usage(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length));
  return [
    'usage: mailproof COMMAND [OPTIONS]   (every command takes --json and --help)',
    '',
    ...COMMANDS.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'exit: 0 ok, 1 failed, 2 differences, 3 invalid input, 4 environment, 5 indeterminate',
  ].join('\n');
}

async function main(argv: string[]): Promise<ExitCode> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(`${usage()}\n`);
    return name === undefined ? EXIT.invalidInput : EXIT.ok;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const meant = nearest(
      name,
      COMMANDS.map((candidate) => candidate.name),
    );
    throw new MailproofError('USAGE', `mailproof has no command "${name}"`, { hint: meant === undefined ? 'mailproof help lists them' : `did you mean "${meant}"?` });
  }
  const args = parseCommandLine(command, rest);
  if (args.values.help === true) {
    const options = Object.keys(command.options).map((option) => `  --${option}`);
    process.stdout.write(`usage: mailproof ${command.name} ${command.usage}\n\n${command.summary}\n${options.length > 0 ? `\n${options.join('\n')}\n` : ''}`);
    return EXIT.ok;
  }
  return command.run(args);
}

function explain(error: unknown): ExitCode {
  if (error instanceof MailproofError) {
    process.stderr.write(`mailproof: ${error.code}: ${error.message}\n${error.hint === undefined ? '' : `  ${error.hint}\n`}`);
    return error.exitCode;
  }
  process.stderr.write(`mailproof: internal error: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}\n`);
  return EXIT.environment;
}

process.exitCode = await main(process.argv.slice(2)).catch(explain);
