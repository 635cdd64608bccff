import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { MailproofError, messageOf } from '../../base/index.ts';
import type { Docker } from '../discover.ts';
import { engineSaid } from '../problems.ts';
import { aptInstall, distribution, findProgram, lastLines, lineReader } from '../system.ts';
import type { Report } from '../types.ts';
import { followToEnd } from './progress.ts';

/** Debian releases that images can be built on. */
export const RELEASES = ['bookworm', 'trixie'] as const;

export const debianTag = (release: string): string => `mailproof/debian:${release}`;

/** Whether a registry can be reached; asked once in a process, by the first image that needs it. */
let registry: Promise<boolean> | undefined;

/**
 * The image that all others of a release begin with: `debian:RELEASE-slim` of a registry, else built here from the
 * machine's own Debian mirror with mmdebstrap(1).
 * @throws MailproofError IMAGE_FAILED when neither way works
 */
export async function makeDebian(docker: Docker, release: string, architecture: string, report: Report): Promise<void> {
  registry ??= pull(docker, release, report).then(
    () => true,
    (error: unknown) => {
      report(`no registry can be reached (${lastLines(engineSaid(error), 1)}): building from the Debian mirror`);
      return false;
    },
  );
  if (await registry) {
    // The one who asked has its image already; for it this finds everything there.
    await pull(docker, release, report);
    return;
  }
  await bootstrap(docker, release, architecture, report);
}

async function pull(docker: Docker, release: string, report: Report): Promise<void> {
  const image = `debian:${release}-slim`;
  const stream = await docker.pull(image);
  report(`pulling ${image}`);
  await followToEnd(docker, stream);
  await docker.getImage(image).tag({ repo: 'mailproof/debian', tag: release });
}

async function bootstrap(docker: Docker, release: string, architecture: string, report: Report): Promise<void> {
  const program = await ensureMmdebstrap(report);
  report(`debian ${release}: mmdebstrap begins`);
  const sources = mirrorLines(release);
  const args = [
    '--variant=minbase',
    '--include=ca-certificates',
    `--architectures=${architecture}`,
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=APT::Install-Recommends "false"',
    '--format=tar',
  ];
  for (const excluded of ['doc', 'man', 'info', 'locale', 'lintian']) args.push(`--dpkgopt=path-exclude=/usr/share/${excluded}/*`);
  // With no mirror mmdebstrap takes Debian's own and its security updates.
  const child = spawn(program, [...args, release, '-', ...(sources === undefined ? [] : ['-'])], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {}); // it may end before it reads; its status tells
  child.stdin.end(sources ?? '');
  const said: string[] = [];
  const lines = lineReader((line) => {
    said.push(line);
    if (/^I: /.test(line)) report(`debian ${release}: ${line.slice(3)}`);
  });
  child.stderr.on('data', lines.write).on('end', lines.end);
  const ended = once(child, 'close');
  const imported = importTar(docker, child.stdout, release);
  const [[status], result] = await Promise.all([ended, imported.catch((error: unknown) => new Error(messageOf(error)))]);
  if (status !== 0) {
    await docker
      .getImage(debianTag(release))
      .remove({ force: true })
      .catch(() => {}); // half a system, or none
    throw new MailproofError('IMAGE_FAILED', `mmdebstrap could not build debian ${release} for ${architecture}\n${said.slice(-15).join('\n')}`, {
      hint: 'see that the Debian mirror of /etc/apt can be reached',
    });
  }
  if (result instanceof Error) throw new MailproofError('IMAGE_FAILED', `debian ${release} was built and could not be imported: ${result.message}`, { cause: result });
}

async function importTar(docker: Docker, stream: NodeJS.ReadableStream, release: string): Promise<void> {
  const answer = await docker.importImage(stream, { repo: 'mailproof/debian', tag: release, changes: 'CMD ["/bin/sh"]' });
  await followToEnd(docker, answer);
}

let installing: Promise<string> | undefined;

function ensureMmdebstrap(report: Report): Promise<string> {
  installing ??= installMmdebstrap(report);
  return installing;
}

async function installMmdebstrap(report: Report): Promise<string> {
  const found = findProgram('mmdebstrap');
  if (found !== undefined) return found;
  const here = distribution();
  if (!here.apt || !here.root) {
    throw new MailproofError('IMAGE_FAILED', 'no registry to pull debian from can be reached, and mmdebstrap is not installed to build it here', {
      hint: here.apt
        ? 'run: sudo apt-get install mmdebstrap debian-archive-keyring'
        : 'make a registry with the debian image reachable for the container engine, or load it: docker load < debian.tar',
    });
  }
  report(`installing mmdebstrap from ${here.id}'s own packages`);
  const installed = await aptInstall(['mmdebstrap', 'debian-archive-keyring']);
  const program = findProgram('mmdebstrap');
  if (installed.status === 0 && program !== undefined) return program;
  throw new MailproofError('IMAGE_FAILED', `mmdebstrap could not be installed\n${lastLines(installed.output, 15)}`, {
    hint: 'run: apt-get install mmdebstrap debian-archive-keyring',
  });
}

/** sources.list(5) of a release on the mirrors that this machine itself uses; undefined when it uses no Debian mirror. */
function mirrorLines(release: string): string | undefined {
  const { id, codename } = distribution();
  if (id !== 'debian') return undefined;
  const texts = sourceFiles().map((file) => readFileSync(file, 'utf8'));
  const suites = texts.flatMap(suitesOf);
  const main = suites.find((one) => one.suite === codename)?.uri;
  const security = suites.find((one) => one.suite === `${codename}-security`)?.uri;
  if (main === undefined || security === undefined) return undefined;
  return `deb ${main} ${release} main\ndeb ${main} ${release}-updates main\ndeb ${security} ${release}-security main\n`;
}

function sourceFiles(): string[] {
  const folder = '/etc/apt/sources.list.d';
  const files = readdirSync('/etc/apt', { recursive: false, encoding: 'utf8' }).includes('sources.list') ? ['/etc/apt/sources.list'] : [];
  return [...files, ...readdirSync(folder).map((name) => path.join(folder, name))];
}

/** Suites and their archive in either form of sources.list(5). Only archives of packages (`deb`) with the component main. */
export function suitesOf(text: string): { suite: string; uri: string }[] {
  const found: { suite: string; uri: string }[] = [];
  for (const line of text.split('\n')) {
    const [, uri, suite, components] = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (uri !== undefined && suite !== undefined && components?.split(/\s+/).includes('main')) found.push({ suite, uri });
  }
  for (const stanza of text.split(/\n\s*\n/)) {
    const field = (name: string): string[] => new RegExp(`^${name}:\\s*(.+)$`, 'im').exec(stanza)?.[1]?.trim().split(/\s+/) ?? [];
    const [uri] = field('URIs');
    if (uri === undefined || !field('Types').includes('deb') || !field('Components').includes('main')) continue;
    for (const suite of field('Suites')) found.push({ suite, uri });
  }
  return found;
}
