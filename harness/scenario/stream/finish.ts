import { waitUntil } from '../../base/index.ts';
import { findUnanswered } from '../hand-over.ts';
import { DEADLINE_MS, type Run, type StepContext } from '../run.ts';

/** Waits until every stream has ended: each message was taken or refused. Messages that nobody takes fail the step. */
export async function finishStreams(context: StepContext): Promise<void> {
  const { run } = context;
  for (const [label, stream] of run.streams) {
    stream.changed();
    const all = (): boolean => stream.isOver;
    try {
      const end = await waitUntil({ what: `all messages of the stream ${label} are taken`, deadlineMs: DEADLINE_MS, look: () => stream.look(all), subscribe: stream.subscribe });
      if (end === 'never') context.fail([], `stream ${label}: ${stream.progress}; nothing changes any more`);
    } finally {
      stream.tell();
    }
    await stream.stop();
    run.streams.delete(label);
    // Every host's log is read to its end before the hub answers.
    if (run.unanswered.length > 0) await run.hub.status();
  }
}

/** Ends the streams of a scenario that is over, whatever is left of them. */
export async function stopStreams(run: Run): Promise<void> {
  for (const stream of run.streams.values()) {
    await stream.stop();
    stream.tell();
  }
  run.streams.clear();
  findUnanswered(run);
}
