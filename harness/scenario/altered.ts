import { z } from 'zod';
import type { StepContext } from './run.ts';

/** What somebody on the way did to a message. */
export const alteredSchema = z.strictObject({ replace: z.string().min(1), with: z.string() });
export type AlteredYaml = z.infer<typeof alteredSchema>;

/**
 * The message with another text in the place of this one, wherever it stands.
 * @throws ExpectationError when it stands nowhere: the message would be as it was
 */
export function altered(raw: Buffer, change: AlteredYaml, path: readonly (string | number)[], context: StepContext): Buffer {
  const text = raw.toString('latin1');
  const before = Buffer.from(change.replace, 'utf8').toString('latin1');
  if (!text.includes(before)) return context.fail([...path, 'replace'], `the message does not contain "${change.replace}"`);
  return Buffer.from(text.replaceAll(before, Buffer.from(change.with, 'utf8').toString('latin1')), 'latin1');
}
