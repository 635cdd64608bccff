import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface CommandResult {
  status: number;
  /** Both streams in the order they came. */
  output: string;
}

/** Runs a program to its end. `onLine` sees each line as it is written. Never throws: a program that is not there has status 127. */
export function runCommand(command: string, args: readonly string[], onLine: (line: string) => void = () => {}, env: Record<string, string> = {}): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    const seen: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      const lines = lineReader(onLine);
      stream.on('data', (chunk: Buffer) => {
        seen.push(chunk);
        lines.write(chunk);
      });
      stream.on('end', lines.end);
    }
    child.on('error', (error) => resolve({ status: 127, output: error.message }));
    child.on('close', (status, signal) => resolve({ status: status ?? 128 + (signal === null ? 0 : 15), output: Buffer.concat(seen).toString('utf8') }));
  });
}

/** Cuts a stream of bytes into lines without their ends. */
export function lineReader(onLine: (line: string) => void): { write: (chunk: Buffer) => void; end: () => void } {
  const decoder = new TextDecoder();
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, ''));
  };
  return {
    write: (chunk) => take(decoder.decode(chunk, { stream: true })),
    end: () => {
      take(decoder.decode());
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

/** Full path of a program, as a shell would find it; the system's own directories are looked at too. */
export function findProgram(name: string): string | undefined {
  const directories = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  return directories.map((directory) => path.join(directory, name)).find((file) => existsSync(file));
}

export interface Distribution {
  /** `debian`, `ubuntu`, ... (os-release(5), ID). */
  id: string;
  codename: string;
  /** Debian or Ubuntu, with apt. */
  apt: boolean;
  root: boolean;
}

/** What this machine is, as far as installing packages goes. */
export function distribution(): Distribution {
  const fields = new Map<string, string>();
  if (existsSync('/etc/os-release')) {
    for (const line of readFileSync('/etc/os-release', 'utf8').split('\n')) {
      const [, key, value] = /^([A-Z_]+)="?(.*?)"?$/.exec(line) ?? [];
      if (key !== undefined && value !== undefined) fields.set(key, value);
    }
  }
  const family = [fields.get('ID'), ...(fields.get('ID_LIKE') ?? '').split(' ')];
  return {
    id: fields.get('ID') ?? process.platform,
    codename: fields.get('VERSION_CODENAME') ?? '',
    apt: (family.includes('debian') || family.includes('ubuntu')) && findProgram('apt-get') !== undefined,
    root: process.getuid?.() === 0,
  };
}

/** Installs packages of the distribution; call only as root where apt is. */
export async function aptInstall(packages: readonly string[]): Promise<CommandResult> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const options = ['-y', '-q', '-o', 'DPkg::Lock::Timeout=120'];
  const update = await runCommand('apt-get', ['update', '-q'], undefined, env);
  const install = await runCommand('apt-get', ['install', ...options, '--no-install-recommends', ...packages], undefined, env);
  // An update fails also when one of several sources does; what counts is whether the packages could be installed.
  return install.status === 0 ? install : { status: install.status, output: `${update.status === 0 ? '' : update.output}${install.output}` };
}
