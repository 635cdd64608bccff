import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import type { Results } from '../scenario/index.ts';
import type { Fault } from './faults.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));

export interface Project {
  root: string;
  run(args: string[]): Promise<{ status: number; output: string; results: Results }>;
  remove(): void;
}

/** A small repository of its own in a temp folder: the world `starter`, scenarios of a folder here, variants to move to, and faults as variants. */
export function makeProject(folder: string, faults: readonly Fault[] = []): Project {
  const root = mkdtempSync(path.join(tmpdir(), 'mailproof-selftest-'));
  const world = path.join(root, 'scenarios', 'starter');
  mkdirSync(world, { recursive: true });
  symlinkSync(path.join(REPOSITORY, 'fixtures'), path.join(root, 'fixtures'));
  for (const file of readdirSync(path.join(HERE, folder))) cpSync(path.join(HERE, folder, file), path.join(world, file));
  const yaml: { variants: Record<string, unknown>; default: string[]; databases?: unknown; directories?: unknown } = parse(
    readFileSync(path.join(REPOSITORY, 'scenarios/starter/world.yaml'), 'utf8'),
  );
  // Whatever reads statements on its standard input will do: here the aliases, told by scripts of sed.
  yaml.databases = { aliases: { hosts: ['mx'], client: 'sed -i -f /dev/stdin /etc/exim4/aliases' } };
  yaml.directories = { people: { hosts: ['mx'], client: 'sed -i -f /dev/stdin /etc/exim4/aliases' } };
  symlinkSync(path.join(HERE, 'moved'), path.join(root, 'moved'));
  Object.assign(yaml.variants, parse(readFileSync(path.join(HERE, 'moved/variants.yaml'), 'utf8')));
  yaml.default = ['exim', ...faults.map((fault) => fault.name)];
  for (const fault of faults) yaml.variants[fault.name] = { hosts: { [fault.host]: { files: [`fixtures/starter/${fault.host}`, plant(root, fault)] } } };
  writeFileSync(path.join(world, 'world.yaml'), stringify(yaml));
  return {
    root,
    run: (args) => runCommandLine(root, args),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Writes the overlay that holds the one changed file. @returns its path, relative to the root */
function plant(root: string, fault: Fault): string {
  const before = readFileSync(path.join(REPOSITORY, 'fixtures/starter', fault.host, fault.path), 'utf8');
  if (before.split(fault.replace).length !== 2) throw new Error(`fault ${fault.name}: the text to replace stands ${before.split(fault.replace).length - 1} times in ${fault.path}`);
  const overlay = path.join('faults', fault.name);
  const file = path.join(root, overlay, fault.path);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(
    file,
    before.replace(fault.replace, () => fault.with),
  );
  return overlay;
}

function runCommandLine(root: string, args: string[]): Promise<{ status: number; output: string; results: Results }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(REPOSITORY, 'harness/cli/main.ts'), 'run', ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', reject);
    child.on('close', (status) => {
      try {
        resolve({ status: status ?? -1, output, results: JSON.parse(readFileSync(path.join(root, 'reports/latest/results.json'), 'utf8')) });
      } catch (cause) {
        reject(new Error(`mailproof run wrote no results (exit ${status}):\n${output}`, { cause }));
      }
    });
  });
}
