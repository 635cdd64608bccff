import type { Docker } from './discover.ts';
import { engineFailed } from './problems.ts';
import type { ContainerMemory, ListedContainer } from './types.ts';

/** What each container holds in memory now, asked of the engine for all at once. @throws MailproofError ENGINE_FAILED */
export async function memoryOf(docker: Docker, containers: readonly ListedContainer[]): Promise<ContainerMemory[]> {
  return Promise.all(
    containers.map(async ({ id, name, labels }) => {
      const stats = await docker
        .getContainer(id)
        .stats({ stream: false, 'one-shot': true })
        .catch((error: unknown) => {
          throw engineFailed(`the memory of ${name} could not be read`, error);
        });
      const { usage = 0, stats: parts = {} } = stats.memory_stats;
      const part = (key: string): number | undefined => {
        const value: unknown = Reflect.get(parts, key);
        return typeof value === 'number' ? value : undefined;
      };
      // Names of cgroups v1 and v2. Files that were read and that nobody needs any more are no use of memory.
      const cache = part('total_inactive_file') ?? part('inactive_file') ?? 0;
      return { name, labels, bytes: Math.max(0, usage - cache), processes: part('total_rss') ?? part('anon') ?? 0 };
    }),
  );
}
