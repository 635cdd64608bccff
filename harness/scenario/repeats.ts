import type { Actual } from './actual.ts';
import type { StepContext } from './run.ts';

/** Names in the step's record the messages that came again since a reply was lost. */
export function tellRepeats(context: StepContext, repeated: readonly Actual[]): void {
  if (repeated.length === 0) return;
  const { run } = context;
  const messages = new Map([...Map.groupBy(repeated, (actual) => actual.sent)].map(([sent, copies]) => [sent, copies.length + 1]));
  context.record.summary += ` (${messages.size} ${messages.size === 1 ? 'message was' : 'messages were'} delivered more than once, since a reply was lost)`;
  context.transcript(
    [...messages].map(([sent, copies]) => {
      const hosts = run.unanswered.filter((lost) => lost.sent === sent && lost.root !== undefined).map(({ host }) => host);
      const whose = hosts.length > 0 ? `the reply of ${hosts.join(' and ')} to message ${sent?.number}` : `a final reply on the way of message ${sent?.number}`;
      return { ms: 0, mark: '--' as const, text: `delivered ${copies === 2 ? 'twice' : `${copies} times`}, since ${whose} ${sent?.messageId ?? ''} was lost` };
    }),
  );
}
