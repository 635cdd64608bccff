import type { Docker } from './discover.ts';
import { newContainer } from './new-container.ts';
import { engineFailed } from './problems.ts';
import type { ContainerSpec, Replacement } from './types.ts';

/**
 * Another container under the name, and with the volumes, networks, labels and settings, of one that is removed. What is to
 * become of it at the end of a process is settled by its labels, as before.
 * @throws MailproofError ENGINE_FAILED
 */
export async function replace(docker: Docker, name: string, by: Replacement): Promise<void> {
  try {
    const old = docker.getContainer(name);
    const { Config, HostConfig, NetworkSettings } = await old.inspect();
    const spec: ContainerSpec = {
      name,
      image: by.image,
      hostname: Config.Hostname,
      env: Object.fromEntries((Config.Env ?? []).filter((one) => one.startsWith('MAILPROOF_')).map((one) => one.split(/=(.*)/s).slice(0, 2))),
      volumes: (HostConfig.Binds ?? []).map(volumeOf),
      networks: Object.entries(NetworkSettings.Networks).map(([network, { NetworkID }]) => ({ name: network, id: NetworkID })),
      ...(by.tmpfs === undefined ? {} : { tmpfs: by.tmpfs }),
      capabilities: capabilitiesOf(HostConfig.CapAdd),
      sysctls: HostConfig.Sysctls ?? {},
      labels: Config.Labels,
      files: [],
    };
    await old.remove({ force: true });
    const container = await newContainer(docker, spec, '127.0.0.1');
    await container.start().catch(async (error: unknown) => {
      if (container.containerId !== undefined) await docker.getContainer(container.containerId).remove({ force: true });
      throw error;
    });
  } catch (error) {
    throw engineFailed(`the container ${name} could not be replaced`, error);
  }
}

/** `VOLUME:/path:ro` */
function volumeOf(bind: string): ContainerSpec['volumes'][number] {
  const [volume = '', path = '', mode = 'rw'] = bind.split(':');
  return { volume, path, readOnly: mode.split(',').includes('ro') };
}

/** Some engines answer with the kernel's names. */
function capabilitiesOf(told: unknown): string[] {
  return Array.isArray(told) ? told.map((one) => String(one).replace(/^CAP_/, '')) : [];
}
