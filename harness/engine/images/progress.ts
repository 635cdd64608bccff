import { MailproofError } from '../../base/index.ts';
import type { Docker } from '../discover.ts';

/**
 * Reads what the engine says while it builds, imports or pulls, to its end.
 * @param onLine what it says, line by line
 * @throws MailproofError ENGINE_FAILED with the engine's own words: a failure comes as one more event of a stream that ends well
 */
export async function followToEnd(docker: Docker, stream: NodeJS.ReadableStream, onLine: (line: string) => void = () => {}): Promise<void> {
  let failure: string | undefined;
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error) => (error ? reject(error) : resolve()),
      (event: unknown) => {
        failure ??= textIn(event, 'error');
        for (const line of (textIn(event, 'stream') ?? '').split('\n')) if (line.trim() !== '') onLine(line.trimEnd());
      },
    );
  });
  if (failure !== undefined) throw new MailproofError('ENGINE_FAILED', failure.trim());
}

function textIn(event: unknown, key: string): string | undefined {
  const value: unknown = typeof event === 'object' && event !== null ? Reflect.get(event, key) : undefined;
  return typeof value === 'string' ? value : undefined;
}
