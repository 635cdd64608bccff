import type { Docker } from './discover.ts';
import type { HostContainer } from './host-container.ts';
import type { ContainerSpec } from './types.ts';

/** A container that is not made yet. Testcontainers takes most of a second to load, and most processes of the harness make none. */
export async function newContainer(docker: Docker, spec: ContainerSpec, publishOn: string): Promise<HostContainer> {
  const { HostContainer: Made } = await import('./host-container.ts');
  return new Made(docker, spec, publishOn);
}
