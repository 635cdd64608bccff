import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { parse, stringify } from 'yaml';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

export interface Said {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A command that runs, and what it says until it ends. */
export interface Running {
  child: ChildProcess;
  /** Only at a terminal. */
  type(text: string): void;
  /** What was said so far, both streams. */
  said(): string;
  /** Resolves when the text was said; rejects when the command ends before. */
  says(text: RegExp): Promise<void>;
  ended: Promise<Said>;
}

/** A folder of its own in which commands are run. */
export class Folder {
  readonly root = mkdtempSync(path.join(tmpdir(), 'mailproof-cli-test-'));
  /** `TMPDIR` of the commands, so that a test sees what they leave there. */
  readonly temp = path.join(this.root, 'tmp');

  constructor() {
    mkdirSync(this.temp);
  }

  write(file: string, text: string): void {
    const target = path.join(this.root, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  }

  read(file: string): string {
    return readFileSync(path.join(this.root, file), 'utf8');
  }

  /** Files that the commands left in their temp folder. */
  leftInTemp(): string[] {
    return readdirSync(this.temp).filter((name) => name.startsWith('mailproof'));
  }

  start(args: readonly string[], env: Record<string, string> = {}): Running {
    return this.spawn(process.execPath, [path.join(REPOSITORY, 'harness/cli/main.ts'), ...args], env);
  }

  run(args: readonly string[], env: Record<string, string> = {}): Promise<Said> {
    return this.start(args, env).ended;
  }

  /**
   * The command at a terminal of its own, 24 lines of 80 columns unless told: what it says is what the terminal got (`screenOf` shows it as a
   * person sees it), and `type` is for its keyboard.
   */
  atTerminal(args: readonly string[], { columns = 80, env = {} }: { columns?: number; env?: Record<string, string> } = {}): Running {
    const words = [process.execPath, path.join(REPOSITORY, 'harness/cli/main.ts'), ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const command = `stty cols ${columns} rows 24; exec ${words.join(' ')}`;
    // Empty is as good as unset, and the tests themselves may run where no terminal is.
    return this.spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { TERM: 'xterm', NO_COLOR: '', ...env }, true);
  }

  spawn(command: string, args: readonly string[], env: Record<string, string> = {}, typing = false): Running {
    const { VITEST, VITEST_POOL_ID, VITEST_WORKER_ID, VITEST_MODE, NODE_ENV, CI, ...outer } = process.env;
    const child = spawn(command, args, { cwd: this.root, stdio: 'pipe', env: { ...outer, NO_COLOR: '1', TMPDIR: this.temp, ...env } });
    if (!typing) child.stdin.end();
    const said = { stdout: '', stderr: '', both: '' };
    const waiting = new Set<() => void>();
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].on('data', (chunk: Buffer) => {
        said[stream] += chunk.toString();
        said.both += chunk.toString();
        for (const look of waiting) look();
      });
    const ended = new Promise<Said>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status, signal) => resolve({ status, signal, stdout: said.stdout, stderr: said.stderr }));
    });
    return {
      child,
      said: () => said.both,
      type: (text) => void child.stdin.write(text),
      ended,
      says: (text) =>
        new Promise((resolve, reject) => {
          const look = (): void => {
            if (!text.test(said.both)) return;
            waiting.delete(look);
            resolve();
          };
          waiting.add(look);
          look();
          void ended.then(() => reject(new Error(`it ended without saying ${text}:\n${said.both}`)));
        }),
    };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/**
 * The lines of a terminal's screen after all that it got. Understands what mailproof uses: the return of the carriage, a line that is erased, colours.
 * @throws Error for another control sequence
 */
export function screenOf(got: string): string[] {
  const lines: string[] = [];
  for (const line of stripVTControlCharacters(got.replaceAll(ERASE_LINE, '\f')).split('\n')) {
    let shown = '';
    let column = 0;
    for (const character of line) {
      if (character === '\r') column = 0;
      else if (character === '\f') shown = '';
      else if (character < ' ') throw new Error(`the terminal got ${JSON.stringify(character)}`);
      else shown = shown.padEnd(column).slice(0, column) + character + shown.slice(++column);
    }
    lines.push(shown);
  }
  return lines;
}

export const ERASE_LINE = '\u001b[2K';

/** A repository of its own in a temp folder, with the world `starter` and the scenario files given. */
export class Project extends Folder {
  readonly world = path.join(this.root, 'scenarios', 'starter');

  /** @param edit changes the world file */
  constructor(scenarios: Record<string, string>, edit: (world: WorldFile) => void = () => {}) {
    super();
    mkdirSync(this.world, { recursive: true });
    for (const folder of ['fixtures', 'node_modules']) symlinkSync(path.join(REPOSITORY, folder), path.join(this.root, folder));
    const from = path.join(REPOSITORY, 'scenarios/starter');
    cpSync(path.join(from, 'requirements.yaml'), path.join(this.world, 'requirements.yaml'));
    const world: WorldFile = parse(readFileSync(path.join(from, 'world.yaml'), 'utf8'));
    edit(world);
    writeFileSync(path.join(this.world, 'world.yaml'), stringify(world));
    for (const [name, text] of Object.entries(scenarios)) this.write(`scenarios/starter/${name}.scenario.yaml`, text);
  }

  readWorld(): WorldFile {
    return parse(this.read('scenarios/starter/world.yaml'));
  }

  writeWorld(world: WorldFile): void {
    this.write('scenarios/starter/world.yaml', stringify(world));
  }
}

export interface WorldFile {
  default: string[];
  hosts: Record<string, object>;
  variants: Record<string, { hosts?: Record<string, object> }>;
  [key: string]: unknown;
}
