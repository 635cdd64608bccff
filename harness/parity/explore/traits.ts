import type { Comparison, ScenarioParity } from '../model.ts';
import { kindOf } from './address-kinds.ts';
import { type Case, type CaseMessage, USUAL } from './case.ts';
import type { Material } from './material.ts';

/** One way in which a case differs: `RCPT TO, code: 554 -> 550`, and the kind of address that it is about. */
export interface Trait {
  what: string;
  kind: string;
}

/** Fields whose values say what is different; of others only their name does. */
const CLOSED: readonly string[] = ['code', 'enhanced', 'end', 'stage', 'presence', 'dsn status', 'dsn action', 'dsn original', 'body intact', 'tls', 'result'];

/**
 * Every way in which a case differs that nobody has accepted, without those that follow from another: after a command that is answered
 * otherwise nothing goes on alike.
 */
export function traitsOf({ comparisons }: Pick<ScenarioParity, 'comparisons'>, material: Material): Trait[] {
  const all = comparisons.filter((one) => one.class === 'different');
  const traits = rootsOf(all).map((one) => traitOf(one, material));
  return [...new Map(traits.map((one) => [nameOf(one), one])).values()];
}

type Compared = Pick<Comparison, 'subject' | 'field' | 'reference' | 'candidate'>;

const aboutOf = ({ subject }: Pick<Comparison, 'subject'>): string => subject.replace(/^step \d+: /, '').replace(/ \(\d+\)$/, '');

/** Commands that open a transaction, in their order. */
const OPENING: readonly RegExp[] = [/^reply to connect$/, /^reply to (?:EHLO|HELO)$/, /^reply to STARTTLS$/, /^reply to MAIL FROM:/];

function rootsOf<T extends Compared>(all: readonly T[]): T[] {
  const decided = (one: T): boolean => one.field === 'code' || one.field === 'presence';
  for (const command of OPENING) {
    const own = all.filter((one) => command.test(aboutOf(one)));
    if (own.some(decided)) return own;
  }
  const recipients = new Set(all.filter(decided).flatMap((one) => /^reply to RCPT TO:<(.*)>$/s.exec(aboutOf(one))?.[1] ?? []));
  if (recipients.size === 0) return [...all];
  return all.filter((one) => !/^reply to (?:DATA|dot)$/.test(aboutOf(one)) && !recipients.has(/^\S+ to (\S.*)$/s.exec(aboutOf(one).replace(/^reply to .*$/s, ''))?.[1] ?? ''));
}

export const nameOf = ({ what, kind }: Trait): string => (kind === '' ? what : `${what} (${kind})`);

function traitOf({ subject, field, reference, candidate }: Compared, material: Material): Trait {
  const about = aboutOf({ subject });
  const plainField = field.replace(/ \(\d+\)$/, '');
  const values = CLOSED.includes(plainField) ? `: ${reference ?? 'absent'} -> ${candidate ?? 'absent'}` : '';
  const path = /^reply to (MAIL FROM|RCPT TO):<(.*)>$/s.exec(about);
  const copy = /^(\S+) to (\S.*)$/s.exec(about);
  if (path !== null) return { what: `reply to ${path[1]}, ${plainField}${values}`, kind: kindOf(path[2] ?? '', material) };
  if (about.startsWith('reply to ') || copy === null) return { what: `${about}, ${plainField}${values}`, kind: '' };
  return { what: `${copy[1]}, ${plainField}${values}`, kind: kindOf(copy[2] ?? '', material) };
}

/** What is left of a case when it is as small as it gets, and how it differs. */
export interface Cause {
  smallest: Case;
  traits: readonly Trait[];
}

/** The case that says nothing in particular. */
export function plainCase({ accounts, senders }: Material): Case {
  return { from: `ann@${senders[0] ?? 'sender.test'}`, to: [accounts[0] ?? 'postmaster'] };
}

/** true for the kind of address that nothing follows from. */
export function isPlainKind(kind: string, material: Material): boolean {
  const plain = plainCase(material);
  return kind === '' || [plain.from, ...plain.to].some((address) => kindOf(address, material) === kind);
}

/** A case that has everything in it that the smallest one needs to differ in this way differs for the same cause. */
export function explains({ smallest, traits }: Cause, one: Case, trait: Trait, material: Material): boolean {
  const same = traits.some(({ what, kind }) => what === trait.what && (kind === trait.kind || isPlainKind(kind, material)));
  const plain = plainCase(material);
  return (
    same &&
    (smallest.from === plain.from || kindOf(smallest.from, material) === kindOf(one.from, material)) &&
    (smallest.client === undefined || smallest.client === one.client) &&
    (smallest.helo === undefined || smallest.helo === one.helo) &&
    (smallest.announced === undefined || one.announced !== undefined) &&
    (smallest.message === undefined || isLike(smallest.message, one.message))
  );
}

function isLike(smallest: CaseMessage, message: CaseMessage | undefined): boolean {
  if (message === undefined) return false;
  if ('size' in smallest || 'size' in message) return 'size' in smallest && 'size' in message && message.size >= smallest.size;
  const count = (of: typeof message, name: string): number => of.headers.filter(([own]) => own === name).length;
  const names = new Set([...USUAL, ...smallest.headers.map(([name]) => name)]);
  return [...names].every((name) => {
    const [needs, has] = [count(smallest, name), count(message, name)];
    return needs === (USUAL.includes(name) ? 1 : 0) || needs === has;
  });
}
