/** Differences between a reference and a candidate, planted to see whether the comparison names them, and nothing else. */
export interface Planted {
  name: string;
  variant: 'exim' | 'postfix';
  /** Scenario of honesty/ that sees it. */
  scenario: string;
  /** Steps of `given` that the reference has, too. */
  both?: Step[];
  /** Steps of `given` that make the candidate another. */
  candidate: Step[];
  /** Everything that must be called different: `subject, field: reference -> candidate`. */
  differs: string[];
  /** What the candidate's hosts are called, where it is another name. */
  hosts?: { name: string; fqdn: string }[];
  /** What cannot be compared because of it. */
  notCompared?: string[];
}

export type Step = Record<string, unknown>;

const EXIM = { host: 'mx', path: '/etc/exim4/exim4.conf', then: 'reload' };
// After a reload a daemon of before may take one more connection.
const POSTFIX = { host: 'mx', path: '/etc/postfix/main.cf', then: 'restart' };
const DOVECOT = { host: 'store', path: '/etc/dovecot/dovecot.conf', then: 'reload' };
export const exim = (replace: string, by: string): Step => ({ file: { ...EXIM, replace, with: by } });
export const postfix = (replace: string, by: string): Step => ({ file: { ...POSTFIX, replace, with: by } });
export const postfixAlso = (append: string): Step => ({ file: { ...POSTFIX, append } });
export const dovecot = (replace: string, by: string): Step => ({ file: { ...DOVECOT, replace, with: by } });

export const TO_OUTSIDE = 'remote_smtp:\n  driver = smtp\n';
export const TO_STORE = 'store_lmtp:\n  driver   = smtp\n';
export const NO_SUCH_USER = '  deny    !verify        = recipient\n          message        = 550 5.1.1 <$local_part@$domain>: no such user here\n';
