import type { Engine } from '../engine/index.ts';
import { INSTANCE_BYTES } from '../runner/index.ts';
import { type StartedWorld, startWorld, type WorldModel } from '../world/index.ts';

const MEGABYTE = 2 ** 20;
const inMegabytes = (bytes: number): string => `${Math.round(bytes / MEGABYTE)} MB`;

/** What a world that is up and has nothing to do holds in memory. It is told, not judged. */
export async function memory(engine: Engine, model: WorldModel): Promise<void> {
  const world = await startWorld(model, { engine, report: () => {} });
  try {
    process.stdout.write(`${(await memoryText(engine, world)).join('\n')}\n`);
  } finally {
    await world.stop();
  }
}

async function memoryText(engine: Engine, { model, ref }: StartedWorld): Promise<string[]> {
  const containers = (await engine.memory({ 'mailproof.instance': ref.instance })).sort((a, b) => b.bytes - a.bytes);
  const total = containers.reduce((sum, one) => sum + one.bytes, 0);
  const hub = containers.find((one) => one.labels['mailproof.role'] === 'hub');
  return [
    `     memory of ${model.name}/${model.variant}: ${inMegabytes(total)} in ${containers.length} containers, ${(total / INSTANCE_BYTES).toFixed(2)} of what the runner reckons with for an instance (${inMegabytes(INSTANCE_BYTES)})`,
    `       ${containers.map((one) => `${one.labels['mailproof.host'] ?? 'hub'} ${inMegabytes(one.bytes)}`).join(', ')}${hub === undefined ? '' : `; the hub's processes alone: ${inMegabytes(hub.processes)}`}`,
  ];
}
