import type { Docker } from './discover.ts';
import { demultiplexed } from './once.ts';
import type { Labels } from './types.ts';

/** How many of a container's last lines are told. */
const LAST_WORDS = 15;

/** What became of the containers with these labels, for a person who wonders why one does not answer: their state and their last words. */
export async function fateOf(docker: Docker, labels: Labels): Promise<string> {
  const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const found = await docker.listContainers({ all: true, filters: { label } });
  if (found.length === 0) return 'there is no such container any more: it was removed';
  const fates = await Promise.all(
    found.map(async ({ Id }) => {
      const container = docker.getContainer(Id);
      const [{ Name, State }, words] = await Promise.all([container.inspect(), container.logs({ stdout: true, stderr: true, tail: LAST_WORDS })]);
      const how = State.Running
        ? `runs since ${State.StartedAt}`
        : `${State.Status} with status ${State.ExitCode}${State.OOMKilled ? ', out of memory' : ''} at ${State.FinishedAt}`;
      return `${Name.replace(/^\//, '')}: ${how}; its last words:\n${demultiplexed(words).trim() || '(none)'}`;
    }),
  );
  return fates.join('\n');
}
