import { EXIT } from '../../base/index.ts';
import { attachWorld } from '../../world/index.ts';
import { type Command, print } from '../command.ts';
import { runningInstances } from '../instances.ts';

export const ps: Command = {
  name: 'ps',
  usage: '',
  options: {},
  async run(args) {
    const rows = await Promise.all(
      (await runningInstances()).map(async (ref) => {
        await using world = await attachWorld(ref);
        const status = await world.hub.status();
        return { instance: ref.instance, world: ref.world, variant: ref.variant, kept: ref.kept, clock: new Date(status.clock.now).toISOString(), hosts: status.hosts };
      }),
    );
    print(args, rows, () =>
      rows.length === 0
        ? 'no world is running'
        : rows
            .map((row) =>
              [
                `${row.instance}  ${row.world}/${row.variant}  ${row.clock}${row.kept ? '' : '  (of a running command)'}`,
                ...row.hosts.map((host) => `  ${host.name.padEnd(12)} ${host.state.padEnd(8)} ${host.addresses.join(' ')}`),
              ].join('\n'),
            )
            .join('\n'),
    );
    return EXIT.ok;
  },
};
