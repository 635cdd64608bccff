import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MailproofError } from '../../base/index.ts';
import { lastLines, runCommand } from '../system.ts';
import { type TarMember, tar } from '../tar.ts';
import type { Report } from '../types.ts';
import { REPOSITORY } from './context.ts';

/** Debian's names of architectures and npm's. */
const NPM_ARCHITECTURES: Readonly<Record<string, string>> = { amd64: 'x64', arm64: 'arm64' };

/** The Node version that the project itself is pinned to. */
export async function pinnedNode(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(path.join(REPOSITORY, 'package.json'), 'utf8'));
  const version = dig(manifest, 'devDependencies', 'node');
  if (typeof version === 'string' && /^\d+\.\d+\.\d+$/.test(version)) return version;
  throw new MailproofError('IMAGE_FAILED', `package.json pins no version of Node in devDependencies.node: ${String(version)}`);
}

/**
 * An archive that holds `package/bin/node` for Linux: the project's own where that is one, else as npm fetches it
 * from the registry it is configured for.
 * @throws MailproofError IMAGE_FAILED
 */
export async function nodeArchive(version: string, architecture: string, report: Report): Promise<TarMember> {
  const npmArchitecture = NPM_ARCHITECTURES[architecture];
  if (npmArchitecture === undefined) throw new MailproofError('IMAGE_FAILED', `there is no Node package for ${architecture}`, { hint: 'use an engine on amd64 or arm64' });
  const own = path.join(REPOSITORY, 'node_modules/node/bin/node');
  if (process.platform === 'linux' && process.arch === npmArchitecture) {
    const said = await runCommand(own, ['--version']);
    if (said.output.trim() === `v${version}`) {
      return { path: 'node.tar', mode: 0o644, content: tar([{ path: 'package/bin/node', mode: 0o755, content: await readFile(own) }]) };
    }
  }
  const name = `node-linux-${npmArchitecture}@${version}`;
  report(`fetching ${name} with npm`);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mailproof-node-'));
  try {
    const npm = process.env.npm_execpath;
    const command = npm === undefined ? 'npm' : process.execPath;
    const packed = await runCommand(command, [...(npm === undefined ? [] : [npm]), 'pack', name, '--silent', '--pack-destination', folder]);
    const file = lastLines(packed.output, 1).trim();
    if (packed.status !== 0)
      throw new MailproofError('IMAGE_FAILED', `npm pack ${name} failed\n${lastLines(packed.output, 10)}`, { hint: 'see that npm reaches its registry: npm ping' });
    return { path: 'node.tar', mode: 0o644, content: await readFile(path.join(folder, file)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function dig(value: unknown, ...keys: string[]): unknown {
  return keys.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), value);
}
