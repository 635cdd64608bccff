import { type ARCData, arc, type DKIMVerifyResult, type DNSResolver, dkimVerify, dmarc, spf } from 'mailauth';
import type { WorldTime } from '../../../base/index.ts';
import type { AuthResult } from '../../protocol.ts';
import type { ResolverAnswer } from '../dns/resolver.ts';

export interface Evidence {
  raw: Buffer;
  client: string;
  helo: string;
  /** Reverse-path; the empty string is the null one. */
  from: string;
  receiver: string;
  now: WorldTime;
  resolve: (name: string, type: string) => Promise<ResolverAnswer>;
}

/** mailauth's declaration forgets what it asks for itself: MX answers are objects, as node:dns gives them. */
const resolver = (resolve: Evidence['resolve']): DNSResolver => resolve as DNSResolver;

/** SPF of a reverse-path (of the HELO name for the null one, RFC 7208 section 2.4). */
export async function checkSpf(evidence: Omit<Evidence, 'raw' | 'now'>): Promise<{ result: string; domain: string }> {
  const result = await spf({ sender: evidence.from, ip: evidence.client, helo: evidence.helo, mta: evidence.receiver, resolver: resolver(evidence.resolve) });
  return { result: result.status.result, domain: result.domain };
}

/** SPF, DKIM, DMARC and ARC as this receiver sees them: the world's DNS, and for DKIM's `t=` and `x=` the world's time. */
export async function authenticateMessage(evidence: Evidence): Promise<AuthResult> {
  const resolve = resolver(evidence.resolve);
  const [dkim, sender] = await Promise.all([dkimVerify(evidence.raw, { resolver: resolve, sender: evidence.from, curTime: new Date(evidence.now) }), checkSpf(evidence)]);
  const chain = arcData(dkim);
  const arcResult = chain === undefined ? undefined : await arc(chain, { resolver: resolve });
  const signed = dkim.results.filter((row) => row.status.result !== 'none');
  const verdict = await dmarc({
    headerFrom: dkim.headerFrom,
    fromFields: dkim.fromFields,
    spfDomains: sender.result === 'pass' ? [sender.domain] : [],
    dkimDomains: signed
      .filter((row) => row.status.result === 'pass')
      .map((row) => ({ id: row.id, domain: row.signingDomain ?? '', aligned: row.status.aligned, underSized: row.status.underSized })),
    ...(arcResult === undefined ? {} : { arcResult }),
    resolver: resolve,
  });
  return {
    spf: sender,
    dkim: signed.map((row) => ({ result: row.status.result, domain: row.signingDomain ?? '', selector: row.selector ?? '', aligned: Boolean(row.status.aligned) })),
    dmarc: verdict === false ? { result: 'none', policy: 'none', domain: '' } : { result: verdict.status.result, policy: verdict.policy ?? 'none', domain: verdict.domain ?? '' },
    arc: { result: arcResult?.status.result ?? 'none' },
  };
}

function arcData(dkim: DKIMVerifyResult): ARCData | undefined {
  const data = dkim.arc;
  // A chain that cannot be read (a set is missing, a seal says that it had failed) is one that fails, not none (RFC 8617 section 5.2).
  if (data !== undefined && 'error' in data && data.error) return { chain: [], error: data.error };
  return data !== undefined && 'chain' in data && Array.isArray(data.chain) && data.chain.length > 0 ? { ...data, chain: data.chain } : undefined;
}
