import type { DnsRequest } from '../internet/index.ts';
import type { StepContext } from './run.ts';

/** Changes what names answer until the scenario ends. */
export async function changeNames(names: DnsRequest['names'], context: StepContext): Promise<void> {
  const { run } = context;
  const { hub, owner } = run;
  const previous = await hub.dns({ owner, names });
  for (const state of previous) if (!run.dnsBefore.has(state.name)) run.dnsBefore.set(state.name, state);
  context.undo(`dns ${names.map((one) => one.name).join(', ')}`, async () => {
    await hub.dns({ owner, names: previous });
  });
}
