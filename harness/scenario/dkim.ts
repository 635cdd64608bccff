import { generateKeyPairSync } from 'node:crypto';
import { dkimSign } from 'mailauth';
import { z } from 'zod';
import { MailproofError, parseDuration } from '../base/index.ts';
import { domainSchema, durationSchema, normalName } from '../world/index.ts';
import { headerValue, splitMessage } from './mail-text.ts';
import { changeNames } from './names.ts';
import type { StepContext } from './run.ts';

/** One signature of a message from outside (RFC 6376), made by the harness. */
export const dkimSchema = z.strictObject({
  domain: domainSchema.optional().describe('whose signature it is (d=); the domain of From unless told'),
  selector: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i, { error: 'not a selector such as s1' })
    .optional()
    .describe('one of its own for each scenario unless told; with it the scenario runs alone'),
  key: z.enum(['rsa', 'ed25519']).optional().describe('rsa (2048 bits) unless told'),
  expires: durationSchema.optional().describe('so long after it was sent, world time (x=)'),
  published: z.literal(false).optional().describe('the key is not in DNS'),
});
export type DkimYaml = z.infer<typeof dkimSchema>;

type Algorithm = NonNullable<DkimYaml['key']>;
const keys = new Map<Algorithm, { privateKey: string; record: string }>();

/** Keys protect nothing here: one of each kind is enough for a process. */
function keyOf(algorithm: Algorithm): { privateKey: string; record: string } {
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

/**
 * The message with these signatures in front, the first one on top. Their keys are in DNS until the scenario ends.
 * @throws ExpectationError for a message that cannot be signed
 */
export async function signed(raw: Buffer, signatures: readonly DkimYaml[], context: StepContext): Promise<Buffer> {
  const { run } = context;
  const from = headerValue(splitMessage(raw).headers, 'From') ?? '';
  const ofFrom = from.match(/@([^\s<>@]+?)>?\s*$/)?.[1];
  const now = run.now();
  const wanted = signatures.map((yaml, index) => {
    const domain = yaml.domain ?? ofFrom;
    if (domain === undefined) return context.fail(['dkim'], `the message has no From whose domain could sign it: "${from}"`, { hint: 'say `domain`' });
    const expires = yaml.expires === undefined ? undefined : now + (parseDuration(yaml.expires) ?? 0);
    return { yaml, domain: normalName(domain), selector: yaml.selector ?? `s${index + 1}-${run.token}`, expires, key: keyOf(yaml.key ?? 'rsa') };
  });
  const published = wanted.filter(({ yaml }) => yaml.published !== false);
  if (published.length > 0)
    await changeNames(
      published.map(({ domain, selector, key }) => ({
        name: `${selector}._domainkey.${domain}`,
        records: [{ name: `${selector}._domainkey.${domain}`, type: 'TXT', value: key.record }],
        faults: [],
      })),
      context,
    );
  const signatureData = wanted.map(({ domain, selector, expires, key }) => ({
    signingDomain: domain,
    selector,
    privateKey: key.privateKey,
    ...(expires === undefined ? {} : { expires: new Date(expires) }),
  }));
  const [first] = signatureData;
  if (first === undefined) return raw;
  // mailauth's declaration asks for a signature beside the list of them; it makes those of the list.
  const { signatures: fields, errors } = await dkimSign(raw, { ...first, signTime: new Date(now), signatureData });
  const made = fields.match(/^DKIM-Signature:/gim)?.length ?? 0;
  if (made !== wanted.length) throw new MailproofError('USAGE', `the message cannot be signed: ${errors?.[0]?.err?.message ?? `${made} of ${wanted.length} signatures were made`}`);
  return Buffer.concat([Buffer.from(`${fields.trimEnd()}\r\n`), raw]);
}
