import { kindOf } from './address-kinds.ts';
import { type Case, type CaseMessage, type Header, plainHeaders } from './case.ts';
import type { Material } from './material.ts';
import { canBeFound } from './messages.ts';
import { plainCase } from './traits.ts';

/** So many are tried at the same time. */
const TOGETHER = 8;
/** An end for what gets smaller in a thousand steps. */
const MOST = 200;

/**
 * The smallest case that still differs: the first smaller one that does is taken, until none does.
 * @param smaller of one case, the boldest first
 * @param differ says of each of some cases whether it does
 */
export async function shrink(
  start: Case,
  smaller: (one: Case) => readonly Case[],
  differ: (some: readonly Case[]) => Promise<readonly boolean[]>,
  most = MOST,
): Promise<{ smallest: Case; tried: number }> {
  const key = (one: Case): string => JSON.stringify(one);
  const seen = new Set([key(start)]);
  let [current, tried] = [start, 0];
  for (let next: Case | undefined = start; next !== undefined; ) {
    current = next;
    next = undefined;
    const untried = smaller(current).filter((one) => !seen.has(key(one)) && seen.add(key(one)));
    while (next === undefined && untried.length > 0 && tried < most) {
      const some = untried.splice(0, TOGETHER);
      tried += some.length;
      const found = await differ(some);
      next = some.find((_, index) => found[index] === true);
    }
  }
  return { smallest: current, tried };
}

const OPTIONS = ['client', 'helo', 'tls', 'announced', 'message'] as const;

/** Cases with less in them that may differ as this one does, the boldest first. */
export function smallerCases(one: Case, material: Material): Case[] {
  const plain = plainCase(material);
  const options = OPTIONS.filter((option) => one[option] !== undefined);
  const only = (...kept: (typeof OPTIONS)[number][]): Partial<Case> => Object.fromEntries(kept.map((option) => [option, one[option]]));
  const without = (option: (typeof OPTIONS)[number]): Case => ({ ...only(...options.filter((other) => other !== option)), from: one.from, to: one.to });
  const each = one.to.map((recipient) => [recipient]);
  return [
    plain,
    ...each.map((to) => ({ from: plain.from, to })),
    { from: one.from, to: plain.to },
    ...options.map((option) => ({ ...only(option), ...plain })),
    ...options.flatMap((option) => each.map((to) => ({ ...only(option), from: plain.from, to }))),
    ...each.map((to) => ({ from: one.from, to })),
    ...(one.to.length > 1
      ? [{ from: plain.from, to: one.to }, ...each.map((to) => ({ ...one, to })), ...one.to.map((_, index) => ({ ...one, to: one.to.toSpliced(index, 1) }))]
      : []),
    { ...one, to: plain.to },
    { ...one, from: plain.from },
    ...options.map(without),
    ...shorterAddresses(one, material),
    ...(one.message === undefined ? [] : smallerMessages(one.message, one).map((message) => ({ ...one, message }))),
  ];
}

/** Of the same kind: a long local part, and the first account in the place of another. */
function shorterAddresses(one: Case, material: Material): Case[] {
  const [first = ''] = material.accounts;
  const plainLocal = first.slice(0, first.lastIndexOf('@'));
  const shorter = (address: string): string[] => {
    const at = address.lastIndexOf('@');
    const local = address.slice(0, at);
    const known = [...material.accounts, ...material.aliases].map((other) => other.slice(0, other.lastIndexOf('@'))).filter((other) => local.includes(other));
    const instead = known
      .sort((a, b) => b.length - a.length)
      .slice(0, 1)
      .map((other) => address.replace(other, () => plainLocal));
    const half = local.length > 20 && !local.startsWith('"') ? [address.slice(0, Math.ceil(local.length / 2)) + address.slice(at), address.slice(1)] : [];
    return [...instead, ...half].filter((other) => other !== address && kindOf(other, material) === kindOf(address, material));
  };
  return [
    ...one.to.flatMap((address, index) => shorter(address).map((other) => ({ ...one, to: one.to.with(index, other) }))),
    ...shorter(one.from).map((from) => ({ ...one, from })),
  ];
}

const BODY = 'A message of mailproof.\n';

function smallerMessages(message: CaseMessage, { from, to }: Case): CaseMessage[] {
  if ('size' in message) return [1000, Math.round(message.size / 10), Math.round(message.size / 2)].filter((size) => size >= 1000 && size < message.size).map((size) => ({ size }));
  const { headers, body } = message;
  const plain = plainHeaders(from, to);
  const isPlain = ([name, value]: Header): boolean => plain.some(([own, usual]) => own === name && usual === value);
  const missing = plain.filter(([name]) => !headers.some(([own]) => own === name));
  const odd = headers.flatMap((header, index) => (isPlain(header) ? [] : [{ header, index }]));
  const half = (text: string): string => text.slice(0, Math.ceil(text.length / 2));
  const bodies = [
    BODY,
    ...(body.length > 60
      ? [
          half(body),
          ...body
            .split('\n')
            .filter((line) => line !== '' && line.length < body.length - 1)
            .slice(0, 3)
            .map((line) => `${line}\n`),
        ]
      : []),
  ];
  return [
    { headers: plain, body },
    { headers: [...plain, ...headers.filter(([name]) => !plain.some(([own]) => own === name))], body },
    ...bodies.filter((other) => other !== body && other.length > 0).map((other) => ({ headers, body: other })),
    ...odd.map(({ index }) => ({ headers: headers.toSpliced(index, 1), body })),
    ...missing.map((header) => ({ headers: [header, ...headers], body })),
    ...odd.flatMap(({ header: [name, value], index }) => {
      const usual = plain.find(([own]) => own === name);
      const others = [...(usual === undefined ? [] : [usual[1]]), ...(value.length > 40 ? [half(value)] : [])].filter((other) => other !== value);
      return others.map((other) => ({ headers: headers.with(index, [name, other]), body }));
    }),
  ].filter((other) => canBeFound(other.headers));
}
