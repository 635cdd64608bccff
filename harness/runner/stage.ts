import { rmSync } from 'node:fs';
import type { Results } from '../scenario/index.ts';
import type { WorldModel } from '../world/index.ts';
import { Collector } from './collector.ts';
import type { RunListener } from './listener.ts';
import type { WorkerOrders } from './meta.ts';
import type { AloneEfforts } from './sequencer.ts';
import { type HostOptions, WorldHost } from './world-host.ts';

export interface StageOptions extends HostOptions {
  root: string;
  models: readonly WorldModel[];
  alone: AloneEfforts;
  listeners: readonly RunListener[];
}

/** What one test run plays on: the world instances, and the collection of what comes of it. */
export interface Stage {
  readonly host: WorldHost;
  readonly collector: Collector;
  /** What the workers must know. */
  readonly orders: WorkerOrders;
  /** Ends the instances, and says what the run came to. */
  close(): Promise<Results>;
}

/** @throws InputError when a catalogue of requirements is wrong */
export async function openStage(options: StageOptions): Promise<Stage> {
  const { root, models, alone, listeners, report, captures } = options;
  const host = new WorldHost(options);
  const projects = new Map(models.map((model) => [`${model.name}/${model.variant}`, model]));
  for (const [name, model] of projects) host.add(name, model);
  const collector = new Collector({ root, host, projects, alone, listeners });
  await host.broker.listen();
  // Those of another run belong to no result any more.
  if (captures !== undefined) rmSync(captures, { recursive: true, force: true });
  return {
    host,
    collector,
    orders: { socket: host.broker.socket, ...(captures === undefined ? {} : { captures }) },
    close: async () => {
      const results = collector.results(await host.close());
      for (const listener of listeners) listener.finished?.(results);
      for (const ref of host.kept) report(`${ref.world}/${ref.variant}: instance ${ref.instance} was kept; take it away with: npx mailproof down ${ref.instance}`);
      return results;
    },
  };
}
