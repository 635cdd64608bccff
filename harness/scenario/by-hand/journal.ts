import { MailproofError, messageOf, type WorldTime } from '../../base/index.ts';
import type { HubClient, StepDone, WorldEvent } from '../../internet/index.ts';
import type { World } from '../../world/index.ts';
import { commandOf } from './command-line.ts';

/** A step that somebody did by hand in a running world, as its journal has it. */
export interface DoneStep extends StepDone {
  /** The how-manyeth of the world, 1 first. */
  number: number;
  /** Number of the event that tells of it. */
  seq: number;
  /** World time when it was done. */
  at: WorldTime;
}

/** What is done: a verb with its value as a scenario file has them, or a command that the language has no word for. */
export type Doing = { verb: string; value: unknown } | { command: string };

/**
 * Does something to the world and notes it there, so that it outlives whoever did it. What fails half-way is noted, too, as it may have
 * changed something; a value that does not fit the world is to be refused before.
 * @param told what is to be said of it besides, once it was done
 */
export async function noted<T>({ model, hub }: Pick<World, 'model' | 'hub'>, doing: Doing, act: () => Promise<T>, told: (done: T) => Partial<StepDone> = () => ({})): Promise<T> {
  const { events, clock } = await hub.status();
  const step: StepDone = { ...doing, ...commandIn(model, doing), after: events, began: clock.now };
  try {
    const done = await act();
    await hub.noteStep({ ...step, ...told(done) });
    return done;
  } catch (error) {
    // A hub that is gone has no journal either.
    if (!(error instanceof MailproofError && error.code === 'HUB_UNREACHABLE')) await hub.noteStep({ ...step, trouble: messageOf(error) });
    throw error;
  }
}

function commandIn(model: World['model'], doing: Doing): { command?: string } {
  const command = 'command' in doing ? doing.command : commandOf(model, doing.verb, doing.value);
  return command === undefined ? {} : { command };
}

/** Those of the events of a world, from its first, that tell of a step, in order. */
export function stepsAmong(events: readonly WorldEvent[]): DoneStep[] {
  return events.flatMap((event) => (event.type === 'step' ? [event] : [])).map(({ step, seq, at }, index) => ({ ...step, number: index + 1, seq, at }));
}

/** Everything that was done by hand in a running world, oldest first. */
export async function stepsDone(hub: HubClient): Promise<DoneStep[]> {
  return stepsAmong(await historyOf(hub));
}

/** Every event of a world until now. @throws MailproofError HUB_UNREACHABLE */
export async function historyOf(hub: HubClient): Promise<WorldEvent[]> {
  const events: WorldEvent[] = [];
  const stream = hub.events(0, (event) => events.push(event));
  await stream.caughtUp;
  stream.close();
  return events;
}
