import { z } from 'zod';
import { MailproofError } from '../base/index.ts';
import { domainSchema, normalName } from '../world/index.ts';
import { altered, alteredSchema } from './altered.ts';
import { domainOf, keyOf, keySchema, publishKeys, selectorSchema } from './dkim.ts';
import { headerValue, splitMessage } from './mail-text.ts';
import type { StepContext } from './run.ts';

/** One hop that a message passed before it came here, and its seal (RFC 8617). */
export const arcSchema = z.strictObject({
  domain: domainSchema.optional().describe('who sealed it (d=); the domain of the envelope sender unless told, as of a forwarder that puts its own there'),
  selector: selectorSchema,
  key: keySchema,
  published: z.literal(false).optional().describe('the key is not in DNS'),
  result: z
    .string()
    .regex(/^[^\r\n]+$/, { error: 'not one line' })
    .optional()
    .describe('what this hop says it found (ARC-Authentication-Results), after `DOMAIN; `; that DKIM and DMARC of the domain in From passed, unless told'),
  cv: z.enum(['none', 'pass', 'fail']).optional().describe('what it says of the chain before it; `none` for the first, `pass` for the others unless told'),
  altered: alteredSchema.optional().describe('what this hop changed of the message before it sealed it, as a list does'),
});
export type ArcYaml = z.infer<typeof arcSchema>;

/**
 * The message as these hops passed it on, the first of them first: each with its set of fields on top.
 * Their keys are in DNS until the scenario ends.
 * @throws ExpectationError for a message that cannot be sealed
 */
export async function sealed(raw: Buffer, sender: string, hops: readonly ArcYaml[], context: StepContext): Promise<Buffer> {
  const { run } = context;
  const now = new Date(run.now());
  const author = domainOf(headerValue(splitMessage(raw).headers, 'From') ?? '') ?? 'unknown.invalid';
  const wanted = hops.map((yaml, index) => {
    const domain = yaml.domain ?? domainOf(sender);
    if (domain === undefined) return context.fail(['arc'], 'the null reverse-path has no domain that could seal it', { hint: 'say `domain`' });
    return { yaml, domain: normalName(domain), selector: yaml.selector ?? `arc${index + 1}-${run.token}`, key: keyOf(yaml.key ?? 'rsa') };
  });
  await publishKeys(
    wanted.filter(({ yaml }) => yaml.published !== false),
    context,
  );
  const { sealMessage } = await import('mailauth');
  let message = raw;
  for (const [index, { yaml, domain, selector, key }] of wanted.entries()) {
    if (yaml.altered !== undefined) message = altered(message, yaml.altered, ['arc'], context);
    const fields = await sealMessage(message, {
      signingDomain: domain,
      selector,
      privateKey: key.privateKey,
      signTime: now,
      i: index + 1,
      cv: yaml.cv ?? (index === 0 ? 'none' : 'pass'),
      authResults: `${domain}; ${yaml.result ?? `dkim=pass header.d=${author}; dmarc=pass header.from=${author}`}`,
    });
    if (fields.length === 0) throw new MailproofError('USAGE', `hop ${index + 1} of the chain cannot be sealed: mailauth finds the message, or what was sealed before, unfit`);
    message = Buffer.concat([fields, message]);
  }
  return message;
}
