import { enableCompileCache } from 'node:module';
import path from 'node:path';
import { EXIT, type ExitCode, MailproofError, messageOf, nearest } from '../base/index.ts';
import { type Command, parseCommandLine } from './command.ts';

// Everything below is loaded later, here and in the workers, and need not be compiled each time.
process.env.NODE_COMPILE_CACHE ??= path.join(modules(path.join(import.meta.dirname, '..', '..')), '.cache', 'mailproof');
enableCompileCache(process.env.NODE_COMPILE_CACHE);

/** The folder node_modules that this was installed into, or that of a checkout. */
function modules(own: string): string {
  const parent = path.dirname(own);
  return path.basename(parent) === 'node_modules' ? parent : path.join(own, 'node_modules');
}

/** Loaded when it is called: `ps` need not wait for Vitest. */
const COMMANDS: Readonly<Record<string, { summary: string; load: () => Promise<Command> }>> = {
  init: { summary: 'write a first world, its scenarios and files for CI around a configuration', load: async () => (await import('./commands/init.ts')).init },
  doctor: { summary: 'what this machine has and what is missing', load: async () => (await import('./commands/doctor.ts')).doctor },
  check: { summary: "world files, scenario files, and the servers' own syntax checks", load: async () => (await import('./commands/check.ts')).check },
  run: { summary: 'run scenarios: those named, or every world', load: async () => (await import('./commands/run.ts')).run },
  parity: { summary: 'run the same scenarios on two variants, or two trees, and say what differs', load: async () => (await import('./commands/parity.ts')).parity },
  faults: { summary: 'plant faults in the configurations of a world and say which no scenario notices', load: async () => (await import('./commands/faults.ts')).faults },
  report: { summary: 'write the reports of a run anew, or say what took its time', load: async () => (await import('./commands/report.ts')).report },
  graph: { summary: 'draw the hosts of a world and who talks to whom', load: async () => (await import('./commands/graph.ts')).graph },
  up: { summary: 'start a world and leave it running', load: async () => (await import('./commands/up.ts')).up },
  down: { summary: 'take a running world away, or all of them', load: async () => (await import('./commands/down.ts')).down },
  ps: { summary: 'worlds that are running, their hosts and clocks', load: async () => (await import('./commands/ps.ts')).ps },
  ui: { summary: 'the live page of a running world: its messages, hosts and switches', load: async () => (await import('./commands/ui.ts')).ui },
  send: { summary: 'send a message into a running world and follow it to its end', load: async () => (await import('./commands/send.ts')).send },
  address: { summary: 'what would happen to mail to an address, host by host', load: async () => (await import('./commands/address.ts')).address },
  record: { summary: 'what was done in a running world, and what came of it, as a scenario file', load: async () => (await import('./commands/record.ts')).record },
  'from-log': { summary: 'send the messages of a production log again, and say what ends otherwise', load: async () => (await import('./commands/from-log.ts')).fromLog },
  trace: { summary: "one message's way over all hosts", load: async () => (await import('./commands/trace.ts')).trace },
  queue: { summary: 'what waits in the queues, why, and until when', load: async () => (await import('./commands/queue.ts')).queue },
  logs: { summary: "the hosts' logs on one time axis", load: async () => (await import('./commands/logs.ts')).logs },
  shell: { summary: 'a shell in a host, or one command in it', load: async () => (await import('./commands/shell.ts')).shell },
  stop: { summary: 'stop hosts or services in an orderly way', load: async () => (await import('./commands/machines.ts')).stop },
  kill: { summary: 'end hosts at once, as a power loss does', load: async () => (await import('./commands/machines.ts')).kill },
  pause: { summary: 'freeze hosts', load: async () => (await import('./commands/machines.ts')).pause },
  start: { summary: 'start hosts or services that are down', load: async () => (await import('./commands/machines.ts')).start },
  restart: { summary: 'stop and start hosts or services', load: async () => (await import('./commands/machines.ts')).restart },
  reload: { summary: 'lay the files of a host over it anew, and have its services read them', load: async () => (await import('./commands/reload.ts')).reload },
  watch: { summary: 'on each save, reload the host and run the scenarios in the running world', load: async () => (await import('./commands/watch.ts')).watch },
  cut: { summary: 'let no packet pass between two ends', load: async () => (await import('./commands/links.ts')).cut },
  slow: { summary: 'delay or lose packets between two ends', load: async () => (await import('./commands/links.ts')).slow },
  heal: { summary: 'take a cut or a delay back', load: async () => (await import('./commands/links.ts')).heal },
  outside: { summary: 'how a domain outside behaves from now on', load: async () => (await import('./commands/outside.ts')).outside },
  capture: { summary: 'record the packets of the world, for Wireshark and tcpdump', load: async () => (await import('./commands/capture.ts')).capture },
  clock: { summary: "the world's time, and the way to move it", load: async () => (await import('./commands/clock.ts')).clock },
  all: { summary: 'all of it at once: set up, run every world, compare', load: async () => (await import('./commands/all.ts')).all },
};

function usage(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  return [
    'usage: mailproof COMMAND [OPTIONS]   (every command takes --json and --help)',
    '',
    ...Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`),
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
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) {
    const meant = nearest(name, Object.keys(COMMANDS));
    throw new MailproofError('USAGE', `mailproof has no command "${name}"`, { hint: meant === undefined ? 'mailproof help lists them' : `did you mean "${meant}"?` });
  }
  const command = await entry.load();
  const args = parseCommandLine(command, rest);
  if (args.values.help === true) {
    const options = Object.keys(command.options).map((option) => `  --${option}`);
    process.stdout.write(`usage: mailproof ${command.name} ${command.usage}\n\n${entry.summary}\n${options.length > 0 ? `\n${options.join('\n')}\n` : ''}`);
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
