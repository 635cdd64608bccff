import { EXIT, messageOf } from '../../base/index.ts';
import type { HubStatus } from '../../internet/index.ts';
import { attachWorld } from '../../world/index.ts';
import { type Command, print } from '../command.ts';
import { runningInstances } from '../instances.ts';

interface Row {
  instance: string;
  world: string;
  variant: string;
  kept: boolean;
  /** World time, ISO 8601. */
  clock?: string;
  hosts: HubStatus['hosts'];
  /** Why it cannot be asked. */
  problem?: string;
}

/** A hub that runs answers at once; one that is being started or taken away may never do so. Milliseconds. */
const DEADLINE_MS = 5000;

export const ps: Command = {
  name: 'ps',
  usage: '',
  options: {},
  async run(args) {
    const rows = await Promise.all(
      (await runningInstances()).map(async ({ instance, world, variant, kept, ...ref }) => {
        const base: Row = { instance, world, variant, kept, hosts: [] };
        try {
          await using attached = await attachWorld({ instance, world, variant, ...ref }, DEADLINE_MS);
          const { clock, hosts } = await attached.hub.status(AbortSignal.timeout(DEADLINE_MS));
          return { ...base, clock: new Date(clock.now).toISOString(), hosts };
        } catch (error) {
          // It is just being started or taken away, or its world file is gone: the others are of interest all the same.
          return { ...base, problem: messageOf(error) };
        }
      }),
    );
    print(args, rows, () =>
      rows.length === 0
        ? 'no world is running'
        : rows
            .map((row) =>
              [
                `${row.instance}  ${row.world}/${row.variant}  ${row.clock ?? row.problem}${row.kept ? '' : '  (of a running command)'}`,
                ...row.hosts.map((host) => `  ${host.name.padEnd(12)} ${host.state.padEnd(8)} ${host.addresses.join(' ')}`),
              ].join('\n'),
            )
            .join('\n'),
    );
    return EXIT.ok;
  },
};
