import { MailproofError } from '../base/index.ts';
import { hubServices } from './hub-world.ts';
import { imagePaths } from './image-paths.ts';
import { joinedManifest } from './manifest.ts';
import type { HostModel, WorldModel } from './model.ts';
import { owned } from './move.ts';
import { type OverlayFile, readOverlays } from './overlay.ts';
import { type PathState, putScript, readStates, statesScript } from './path-state.ts';
import type { World } from './start.ts';

/** Beside the host's logs in the world's volume, not among its files: which files of the overlays lie over it. */
const RECORD = '/run/mailproof/world/hosts/"$MAILPROOF_HOST"/laid';

/** Stands in the record from when files were written until all that follows from it was done. */
const UNFINISHED = '!';

/** What became of a host whose files were laid over it once more. */
export interface LaidAnew {
  host: string;
  wrote: string[];
  /** No longer in the overlays: gone, or as the image has it. */
  removed: string[];
  /** Scripts of `prepare` that were run. */
  prepared: number;
  /** Services that read their configuration again. */
  reloaded: string[];
}

/** Writes down, on each host, which files were laid over it when it started, so that `layAnew` sees what was taken away since. */
export async function rememberLaid({ model, hub }: Pick<World, 'model' | 'hub'>): Promise<void> {
  await Promise.all(model.hosts.map((host) => hub.exec({ host: host.name, script: recordScript(readOverlays(host.files).map(({ path }) => path)) })));
}

/**
 * Lays the files of a host's overlays over it as they are now, runs its `prepare` where something of it changed, asks each server whether it
 * accepts its configuration, and has the services read it.
 * @throws MailproofError COMMAND_FAILED with what the server said of its configuration: the services then go on with the old one
 */
export async function layAnew({ model, hub }: Pick<World, 'model' | 'hub'>, name: string): Promise<LaidAnew> {
  const host = hostNamed(model, name);
  const run = async (what: string, script: string): Promise<string> => {
    const { status, output } = await hub.exec({ host: name, script });
    if (status !== 0)
      throw new MailproofError('COMMAND_FAILED', `host ${name}: ${what}, status ${status}:\n${output.trim()}`, {
        hint: 'its services go on with the configuration that they have read before',
      });
    return output;
  };
  const files = readOverlays(host.files);
  const now = new Set(files.map(({ path }) => path));
  const record = (await run('what was laid over it could not be read', `cat ${RECORD} 2> /dev/null || true`)).split('\n').filter((path) => path !== '');
  const gone = record.filter((path) => path !== UNFINISHED && !now.has(path));
  const states = readStates([...now], await run('its files could not be read', statesScript([...now])));
  const differing = files.filter((file) => differs(file, states.get(file.path)));
  const put = new Map<string, PathState>([...differing.map((file): [string, PathState] => [file.path, stateOf(file, host)]), ...(await imagePaths(host, gone))]);
  const touched = put.size > 0 || record.includes(UNFINISHED);
  const prepared = touched ? host.prepare : [];
  if (put.size > 0) await run('its files could not be written', `${putScript(put)}\n${recordScript([...now, UNFINISHED])}`);
  for (const script of prepared) await run(`\`${script.trim().split('\n', 1)[0] ?? ''}\` of its prepare failed`, script);
  for (const check of joinedManifest(host).checks) await run('the server does not accept its configuration', check);
  if (touched) await run('what was laid over it could not be written down', recordScript([...now]));
  const services = hubServices(host);
  await hub.services({ host: name, services, then: 'reload' });
  return { host: name, wrote: differing.map(({ path }) => path), removed: gone, prepared: prepared.length, reloaded: services.map((service) => service.name) };
}

function hostNamed(model: WorldModel, name: string): HostModel {
  const host = model.hosts.find((one) => one.name === name);
  if (host === undefined) throw new MailproofError('NOT_FOUND', `this world has no host "${name}"`, { hint: `it has ${model.hosts.map((one) => one.name).join(', ')}` });
  return host;
}

const EXECUTABLE = 0o111;

function differs({ content, mode }: OverlayFile, state: PathState | undefined): boolean {
  if (state?.kind !== 'file') return true;
  const executable = (Number.parseInt(state.mode, 8) & EXECUTABLE) !== 0;
  return !state.content.equals(content) || executable !== ((mode & EXECUTABLE) !== 0);
}

function stateOf({ path, content, mode }: OverlayFile, host: HostModel): PathState {
  return { kind: 'file', content, ...owned(host.modes[path] ?? `0${mode.toString(8)}`) };
}

function recordScript(paths: readonly string[]): string {
  return `cat > ${RECORD} <<'MAILPROOF'\n${paths.map((path) => `${path}\n`).join('')}MAILPROOF`;
}
