import { generateKeyPairSync } from 'node:crypto';
import { z } from 'zod';
import { MailproofError, parseDuration } from '../base/index.ts';
import { domainSchema, durationSchema, normalName } from '../world/index.ts';
import { headerValue, splitMessage } from './mail-text.ts';
import { changeNames } from './names.ts';
import type { StepContext } from './run.ts';

export const selectorSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i, { error: 'not a selector such as s1' })
  .optional()
  .describe('one of its own for each scenario unless told; with it the scenario runs alone');
export const keySchema = z.enum(['rsa', 'ed25519']).optional().describe('rsa (2048 bits) unless told');

/** One signature of a message from outside (RFC 6376), made by the harness. */
export const dkimSchema = z.strictObject({
  domain: domainSchema.optional().describe('whose signature it is (d=); the domain of From unless told'),
  selector: selectorSchema,
  key: keySchema,
  expires: durationSchema.optional().describe('so long after it was signed, world time (x=)'),
  age: durationSchema.optional().describe('signed so long before it is sent (t=); at that moment unless told'),
  published: z.literal(false).optional().describe('the key is not in DNS'),
});
export type DkimYaml = z.infer<typeof dkimSchema>;

export type Algorithm = NonNullable<DkimYaml['key']>;
const keys = new Map<Algorithm, { privateKey: string; record: string }>();

/** Keys protect nothing here: one of each kind is enough for a process. */
export function keyOf(algorithm: Algorithm): { privateKey: string; record: string } {
  const known = keys.get(algorithm);
  if (known) return known;
  const made =
    algorithm === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })
      : generateKeyPairSync('ed25519', { publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
  // RFC 8463 section 4: the 32 octets of the key alone, without the structure around them.
  const bytes = algorithm === 'rsa' ? made.publicKey : made.publicKey.subarray(-32);
  const key = { privateKey: made.privateKey, record: `v=DKIM1; k=${algorithm}; p=${bytes.toString('base64')}` };
  keys.set(algorithm, key);
  return key;
}

/** `Ann <ann@sender.test>` -> `sender.test` */
export const domainOf = (from: string): string | undefined => from.match(/@([^\s<>@]+?)>?\s*$/)?.[1];

/** Keys in DNS until the scenario ends. */
export async function publishKeys(keys: readonly { domain: string; selector: string; key: { record: string } }[], context: StepContext): Promise<void> {
  if (keys.length === 0) return;
  await changeNames(
    keys.map(({ domain, selector, key }) => {
      const name = `${selector}._domainkey.${domain}`;
      return { name, records: [{ name, type: 'TXT', value: key.record }], faults: [] };
    }),
    context,
  );
}

/**
 * The message with these signatures in front, the first one on top. Their keys are in DNS until the scenario ends.
 * @throws ExpectationError for a message that cannot be signed
 */
export async function signed(raw: Buffer, signatures: readonly DkimYaml[], context: StepContext): Promise<Buffer> {
  const { run } = context;
  const from = headerValue(splitMessage(raw).headers, 'From') ?? '';
  const ofFrom = domainOf(from);
  const now = run.now();
  const wanted = signatures.map((yaml, index) => {
    const domain = yaml.domain ?? ofFrom;
    if (domain === undefined) return context.fail(['dkim'], `the message has no From whose domain could sign it: "${from}"`, { hint: 'say `domain`' });
    const signedAt = now - (parseDuration(yaml.age ?? '0s') ?? 0);
    const expires = yaml.expires === undefined ? undefined : signedAt + (parseDuration(yaml.expires) ?? 0);
    return { yaml, domain: normalName(domain), selector: yaml.selector ?? `s${index + 1}-${run.token}`, signedAt, expires, key: keyOf(yaml.key ?? 'rsa') };
  });
  const published = wanted.filter(({ yaml }) => yaml.published !== false);
  await publishKeys(published, context);
  const { dkimSign } = await import('mailauth');
  const fields: string[] = [];
  for (const { domain, selector, signedAt, expires, key } of wanted) {
    const signature = { signingDomain: domain, selector, privateKey: key.privateKey };
    // mailauth takes both times from beside the list of signatures: one call makes them all with the same.
    const times = { signTime: new Date(signedAt), ...(expires === undefined ? {} : { expires: new Date(expires) }) };
    const { signatures: field, errors } = await dkimSign(raw, { ...signature, ...times, signatureData: [signature] });
    if (!/^DKIM-Signature:/i.test(field)) throw new MailproofError('USAGE', `the message cannot be signed: ${errors?.[0]?.err?.message ?? 'no signature was made'}`);
    fields.push(`${field.trimEnd()}\r\n`);
  }
  return Buffer.concat([Buffer.from(fields.join('')), raw]);
}
