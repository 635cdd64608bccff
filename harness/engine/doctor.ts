import { readdirSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../base/index.ts';
import { type FoundEngine, findEngine, installHint } from './discover.ts';
import { debianArchitecture, describeEngine } from './engine.ts';
import { CONTAINERS, REPOSITORY } from './images/context.ts';
import { debianTag, RELEASES } from './images/debian.ts';
import { Images } from './images/images.ts';
import { runOnce } from './once.ts';
import { OWNER } from './owner.ts';
import { distribution, findProgram } from './system.ts';

/** One thing that was looked at. `hint`: what to do when it is not ok. */
export interface Finding {
  name: string;
  ok: boolean;
  detail: string;
  hint?: string;
}

const ENOUGH_DISK_GB = 5;

/** What this machine has and what is missing. Changes nothing, and raises nothing: trouble is a finding. */
export async function doctor(): Promise<Finding[]> {
  const findings: Finding[] = [await node(), packages()];
  const found = await findEngine();
  if (found === undefined) {
    const here = distribution();
    const canInstall = here.apt && here.root;
    findings.push({ name: 'engine', ok: false, detail: 'none found', hint: canInstall ? `mailproof run installs docker.io itself; or ${installHint()}` : installHint() });
    return findings;
  }
  findings.push(await attempt('engine', async () => ({ ok: true, detail: await describeEngine(found) })));
  findings.push(await attempt('disk', () => disk(found)));
  findings.push(await attempt('images', () => images(found)));
  findings.push(await attempt('network', () => network(found)));
  return findings;
}

async function attempt(name: string, look: () => Promise<Omit<Finding, 'name'>>): Promise<Finding> {
  try {
    return { name, ...(await look()) };
  } catch (error) {
    return { name, ok: false, detail: messageOf(error), hint: 'is the engine running and allowed for this user?' };
  }
}

async function node(): Promise<Finding> {
  const manifest = JSON.parse(await readFile(path.join(REPOSITORY, 'package.json'), 'utf8'));
  const pinned = String(manifest?.devDependencies?.node ?? '24');
  const major = Number.parseInt(pinned, 10);
  const ok = Number.parseInt(process.versions.node, 10) >= major;
  return { name: 'node', ok, detail: `${process.versions.node}, pinned ${pinned}`, hint: 'run: npm ci (it brings the pinned Node), then npx mailproof' };
}

function packages(): Finding {
  const here = distribution();
  const who = here.root ? 'root' : 'not root';
  const tools = ['mmdebstrap', 'dockerd'].filter((name) => findProgram(name) !== undefined);
  return {
    name: 'machine',
    ok: true,
    detail: `${here.id} ${here.codename}, ${here.apt ? 'apt' : 'no apt'}, ${who}; installed: ${tools.join(', ') || 'neither mmdebstrap nor dockerd'}`,
  };
}

async function disk({ docker }: FoundEngine): Promise<Omit<Finding, 'name'>> {
  const info: unknown = await docker.info();
  const root = typeof info === 'object' && info !== null && 'DockerRootDir' in info ? String(info.DockerRootDir) : '/';
  const hint = 'docker system prune removes what no container uses';
  try {
    const { bavail, bsize } = await statfs(root);
    const free = (bavail * bsize) / 1e9;
    return { ok: free >= ENOUGH_DISK_GB, detail: `${free.toFixed(1)} GB free in ${root} (${ENOUGH_DISK_GB} wanted)`, hint };
  } catch {
    return { ok: true, detail: `${root} is on another machine: not looked at` };
  }
}

async function images({ client, docker }: FoundEngine): Promise<Omit<Finding, 'name'>> {
  const architecture = debianArchitecture(client.info.containerRuntime.architecture);
  const all = new Images(docker, architecture);
  const names = readdirSync(CONTAINERS).sort();
  const wanted = RELEASES.flatMap((release) => names.map((image) => ({ image, release })));
  const status = await all.status(wanted);
  const present = await all.present();
  const debian = RELEASES.filter((release) => present.has(debianTag(release)));
  const missing = status.filter((one) => !one.present).map((one) => `${one.image} (${one.release})`);
  const has = status.filter((one) => one.present).map((one) => `${one.image} (${one.release})`);
  // Not a fault: what a world needs is built when it is first needed.
  return { ok: true, detail: `present: ${has.join(', ') || 'none'}; built when first needed: ${missing.join(', ') || 'none'}; debian: ${debian.join(', ') || 'none'}` };
}

/** Whether containers of this engine can make the links of a world. Needs one image that is there; says so when there is none. */
async function network({ client, docker }: FoundEngine): Promise<Omit<Finding, 'name'>> {
  const all = new Images(docker, debianArchitecture(client.info.containerRuntime.architecture));
  const base = (await all.status(RELEASES.map((release) => ({ image: 'base', release })))).find((one) => one.present);
  if (base === undefined) return { ok: true, detail: 'not looked at before the first image is built' };
  const { status, output } = await runOnce(
    docker,
    { image: base.tag, files: [], script: LINKS, capabilities: ['NET_ADMIN'], devices: ['/dev/net/tun'] },
    { 'mailproof.instance': `doctor-${process.pid}`, 'mailproof.owner': OWNER, 'mailproof.role': 'once' },
  );
  return {
    ok: status === 0,
    detail: status === 0 ? 'NET_ADMIN, VXLAN and /dev/net/tun work in containers' : output.trim(),
    hint: 'the kernel of the engine needs the modules vxlan and tun, and the engine must allow NET_ADMIN',
  };
}

const LINKS = `
ip link add probe type vxlan id 1 dstport 4789 dev lo nolearning || { echo "no VXLAN link can be made in a container"; exit 1; }
[ -c /dev/net/tun ] || { echo "/dev/net/tun is not there"; exit 1; }
`;
