import { z } from 'zod';
import { MailproofError, nearest } from '../base/index.ts';
import { openEngine } from '../engine/index.ts';
import type { WorldEvent } from '../internet/index.ts';
import { type Ledger, ledgerOf } from '../ledger/index.ts';
import { forgetMailboxes } from '../scenario/index.ts';
import { attachWorld, type InstanceRef, type World, type WorldModel } from '../world/index.ts';
import { progress } from './command.ts';

/** Instances that run on the engine now, with what it takes to reach them. */
export async function runningInstances(): Promise<(InstanceRef & { kept: boolean; state: string })[]> {
  const engine = await openEngine(progress);
  const hubs = await engine.instances();
  return hubs.flatMap(({ labels, published, state }) =>
    published === undefined
      ? []
      : [
          {
            world: labels['mailproof.world'] ?? '',
            variant: labels['mailproof.variant'] ?? '',
            dir: labels['mailproof.dir'] ?? '',
            instance: labels['mailproof.instance'] ?? '',
            token: labels['mailproof.token'] ?? '',
            kept: labels['mailproof.owner'] === 'kept',
            state,
            ...published,
            ...filesOf(labels['mailproof.files']),
          },
        ],
  );
}

function filesOf(label: string | undefined): Pick<InstanceRef, 'files'> {
  return label === undefined ? {} : { files: filesSchema.parse(JSON.parse(label)) };
}

const filesSchema = z.record(z.string(), z.array(z.string()));

/**
 * The one instance that runs, or the one named by its identifier, `world` or `world/variant`.
 * @throws MailproofError NOT_FOUND when none or several fit
 */
export async function findInstance(name: string | undefined): Promise<InstanceRef> {
  const all = await runningInstances();
  const fitting = name === undefined ? all : all.filter((one) => [one.instance, one.world, `${one.world}/${one.variant}`].includes(name));
  const [found, ...others] = fitting;
  if (found !== undefined && others.length === 0) return found;
  const list = all.map((one) => `${one.instance} (${one.world}/${one.variant})`).join(', ');
  if (found === undefined)
    throw new MailproofError('NOT_FOUND', name === undefined ? 'no world is running' : `no running world "${name}"`, {
      hint: list === '' ? 'start one: mailproof up WORLD' : `running: ${list}`,
    });
  throw new MailproofError('NOT_FOUND', `several worlds are running: ${list}`, { hint: 'say which: --on INSTANCE' });
}

/** A running world and a ledger that has read its whole history and follows it. */
export interface Desk {
  world: World;
  ledger: Ledger;
  close: () => Promise<void>;
}

/**
 * @param heard told each event of the history, and then what happens
 * @throws MailproofError NOT_FOUND, HUB_UNREACHABLE
 */
export async function openDesk(name: string | undefined, heard?: (event: WorldEvent) => unknown): Promise<Desk> {
  const world = await attachWorld(await findInstance(name));
  const ledger = ledgerOf(world.model);
  const stream = world.hub.events(0, (event) => {
    ledger.apply(event);
    heard?.(event);
  });
  await stream.caughtUp;
  return {
    world,
    ledger,
    close: async () => {
      forgetMailboxes(world);
      stream.close();
      await world[Symbol.asyncDispose]();
    },
  };
}

/** A host that was named on the command line, if one was. @throws MailproofError NOT_FOUND */
export function hostOf(model: WorldModel, name: string | undefined): string | undefined {
  const names = model.hosts.map((host) => host.name);
  if (name === undefined || names.includes(name)) return name;
  const meant = nearest(name, names);
  throw new MailproofError('NOT_FOUND', `this world has no host "${name}"`, { hint: meant === undefined ? `it has ${names.join(', ')}` : `did you mean "${meant}"?` });
}

/** The option that names the instance, the same for every command that needs one. */
export const onOption = { on: { type: 'string' } } as const;
