import { MailproofError, messageOf } from '../base/index.ts';
import type { Docker } from './discover.ts';
import { isGone } from './owner.ts';
import { engineFailed, engineSaid, statusOf } from './problems.ts';
import type { Crashed, Labels, Report } from './types.ts';

/** The label that every container, network and volume of mailproof's carries. */
const EVERY = 'mailproof.instance';

interface Found {
  kind: 'container' | 'network' | 'volume';
  labels: Labels;
  remove: () => Promise<unknown>;
}

/** Nothing is connected with the network, and the engine believes otherwise. */
class Phantom extends Error {}

/**
 * Removes what carries all these labels (all of mailproof's for none); volumes and networks after the containers that hold them.
 * What cannot be removed keeps nothing else from being removed.
 * A network that only the engine's books keep (see `Phantom`) is told of by the sweep of its own instance, not by every later run.
 * @param tell told of what cannot be removed, once for each; thrown unless given
 * @throws MailproofError ENGINE_FAILED, which says how many were removed, and what was not
 */
export async function sweep(docker: Docker, which: Labels | Crashed, tell?: Report): Promise<number> {
  const crashed = isCrashed(which);
  const wanted = isCrashed(which) ? [] : Object.entries(which).map(([key, value]) => `${key}=${value}`);
  const found = (await findAll(docker, [EVERY, ...wanted])).filter(({ labels }) => !crashed || isGone(labels['mailproof.owner'] ?? ''));
  const left: string[] = [];
  const remove = async (kind: Found['kind']): Promise<number> => {
    const removed = await Promise.allSettled(found.filter((one) => one.kind === kind).map((one) => removeOne(one)));
    for (const one of removed) if (one.status === 'rejected' && !(crashed && causeOf(one.reason) instanceof Phantom)) left.push(messageOf(one.reason));
    return removed.filter((one) => one.status === 'fulfilled' && one.value).length;
  };
  const containers = await remove('container');
  const [networks, volumes] = await Promise.all([remove('network'), remove('volume')]);
  const removed = containers + networks + volumes;
  if (tell !== undefined) left.forEach(tell);
  else if (left.length > 0)
    throw new MailproofError('ENGINE_FAILED', [`${left.length} could not be removed, ${removed} could:`, ...left].join('\n  '), {
      hint: 'a network that the engine believes to be in use is gone when the engine is started anew',
    });
  return removed;
}

function isCrashed(which: Labels | Crashed): which is Crashed {
  return which.crashed === true;
}

async function findAll(docker: Docker, label: string[]): Promise<Found[]> {
  const filters = { label };
  const [containers, networks, volumes] = await Promise.all([docker.listContainers({ all: true, filters }), docker.listNetworks({ filters }), docker.listVolumes({ filters })]);
  return [
    ...containers.map((one): Found => ({ kind: 'container', labels: one.Labels, remove: () => removeContainer(docker, one.Id) })),
    ...networks.map((one): Found => ({ kind: 'network', labels: one.Labels ?? {}, remove: () => removeNetwork(docker, one.Id) })),
    ...(volumes.Volumes ?? []).map((one): Found => ({ kind: 'volume', labels: one.Labels ?? {}, remove: () => docker.getVolume(one.Name).remove() })),
  ];
}

async function removeContainer(docker: Docker, id: string): Promise<void> {
  const container = docker.getContainer(id);
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
    // Somebody else is removing it; what it holds can only be removed after that.
    await container.wait({ condition: 'removed' });
  }
}

async function removeNetwork(docker: Docker, id: string): Promise<void> {
  const network = docker.getNetwork(id);
  try {
    await network.remove();
  } catch (error) {
    if (!/active endpoints/.test(engineSaid(error))) throw error;
    // https://github.com/moby/moby/issues/17217
    const { Containers }: { Containers?: object } = await network.inspect();
    throw Object.keys(Containers ?? {}).length === 0 ? new Phantom(engineSaid(error), { cause: error }) : error;
  }
}

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);

/** False when somebody else removed it. */
async function removeOne(one: Found): Promise<boolean> {
  try {
    await one.remove();
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw engineFailed(`a ${one.kind} of ${one.labels[EVERY]} could not be removed`, error);
  }
}
