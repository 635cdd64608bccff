import type { Exploration } from './model.ts';

/** As of any comparison: a confirmed difference decides, noise is only told, and what was not compared leaves the question open. */
export function verdictOf(of: Omit<Exploration, 'verdict' | 'because'>): Pick<Exploration, 'verdict' | 'because'> {
  const { cases, findings, unconfirmed, unexamined, notCompared } = of;
  const left = cases.asked - cases.compared - notCompared.length;
  const messages = (count: number, one: string, more: string): string => (count === 1 ? `1 message ${one}` : `${count} messages ${more}`);
  const shown = new Set(findings.flatMap((one) => one.cases)).size;
  const because = [
    ...(findings.length > 0 ? [`${findings.length} ${findings.length === 1 ? 'way' : 'ways'} to differ, shown by ${shown} of ${cases.compared} messages`] : []),
    ...(unexamined.length > 0 ? [`${unexamined.length} more ${unexamined.length === 1 ? 'was' : 'were'} not looked into`] : []),
    ...(notCompared.length > 0 ? [messages(notCompared.length, 'could not be compared', 'could not be compared')] : []),
    ...(left > 0 ? [`${messages(left, 'was', 'were')} not sent: it was interrupted`] : []),
    ...(unconfirmed.length > 0
      ? [`${unconfirmed.length} ${unconfirmed.length === 1 ? 'difference was' : 'differences were'} noise, or not there when the message was sent alone`]
      : []),
    ...(cases.accepted > 0 ? [messages(cases.accepted, 'differs in accepted ways only', 'differ in accepted ways only')] : []),
  ];
  if (findings.length + unexamined.length > 0) return { verdict: 'different', because };
  if (cases.compared === 0 || notCompared.length > 0 || left > 0) return { verdict: 'indeterminate', because: because.length > 0 ? because : ['nothing was compared'] };
  return { verdict: of.acceptances.length > 0 ? 'same but accepted differences' : 'same', because };
}
