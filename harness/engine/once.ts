import { randomUUID } from 'node:crypto';
import type { Docker } from './discover.ts';
import { newContainer } from './new-container.ts';
import { engineFailed } from './problems.ts';
import type { Labels, OnceResult, OnceSpec } from './types.ts';

/** A container without network that runs one script with these files laid, and is removed afterwards. @throws MailproofError ENGINE_FAILED */
export async function runOnce(docker: Docker, spec: OnceSpec, labels: Labels): Promise<OnceResult> {
  const container = (
    await newContainer(
      docker,
      {
        name: `mailproof-${labels['mailproof.instance'] ?? randomUUID()}-once`,
        image: spec.image,
        hostname: 'check',
        env: {},
        volumes: [],
        networks: [],
        capabilities: spec.capabilities ?? [],
        devices: spec.devices ?? [],
        sysctls: spec.sysctls ?? {},
        labels,
        files: [...spec.files, { path: SCRIPT, content: Buffer.from(spec.script), mode: 0o700 }],
      },
      '127.0.0.1',
    )
  ).withEntrypoint(['/bin/sh', SCRIPT]);
  try {
    await container.start();
    const running = docker.getContainer(container.containerId ?? '');
    const ended: unknown = await running.wait();
    const status = typeof ended === 'object' && ended !== null && 'StatusCode' in ended ? Number(ended.StatusCode) : 255;
    const output = await running.logs({ stdout: true, stderr: true });
    return { status, output: demultiplexed(output) };
  } catch (error) {
    throw engineFailed(`a script could not be run in ${spec.image}`, error);
  } finally {
    if (container.containerId !== undefined) await docker.getContainer(container.containerId).remove({ force: true, v: true });
  }
}

const SCRIPT = '/run/mailproof-once';

/** Both streams of a log as one text: frames of stream, three zeros, length, bytes (Docker Engine API, "Attach to a container"). */
export function demultiplexed(log: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= log.length; ) {
    const size = log.readUInt32BE(at + 4);
    parts.push(log.subarray(at + 8, at + 8 + size));
    at += 8 + size;
  }
  return Buffer.concat(parts).toString('utf8');
}
