import fc, { type Arbitrary } from 'fast-check';
import { NOWHERE } from './case.ts';
import type { Material } from './material.ts';

type Weighted = { weight: number; arbitrary: Arbitrary<string> };
const among = (...values: string[]): Arbitrary<string> => fc.constantFrom(...values);

/** Local part and domain of an address of ours. */
function known(material: Material): Arbitrary<readonly [local: string, domain: string]> {
  const split = (address: string): readonly [string, string] => [address.slice(0, address.lastIndexOf('@')), address.slice(address.lastIndexOf('@') + 1)];
  const all = [...material.accounts, ...material.aliases, ...material.named].map(split);
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...material.accounts.map(split)) }, { weight: 2, arbitrary: fc.constantFrom(...all) });
}

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz0123456789.-_'];
const SUFFIXES = ['+x', '-x', '++', '+', '-', '+x+y', '+X', '=x', '_x', '+x-y', '+.'];
const ODD_LOCALS = [
  ...['', '.x', 'x.', 'x..y', '.', '..', '*', '#x', '/x', '|x', '&x', '?', "o'x", '`x`', '{x}', '$x', '~x', '^x', '-x', '\\x', 'x"y', 'x(y)', 'x,y', 'x;y', 'x:y', 'x[y]'],
  ...['postmaster', 'Postmaster', 'POSTMASTER', 'mailer-daemon', 'root', 'nobody', 'a'.repeat(64), 'a'.repeat(65), 'a'.repeat(300), '0', 'x=y', 'x_y', '+', '-', '+x'],
];

/** Replaces, adds or cuts one letter. */
function nearly(local: string, [at, letter, how]: readonly [number, string, string]): string {
  const index = at % (local.length + 1);
  if (how === 'add') return local.slice(0, index) + letter + local.slice(index);
  const place = at % Math.max(1, local.length);
  return local.slice(0, place) + (how === 'change' ? letter : '') + local.slice(place + 1);
}

function capitals(text: string, how: string): string {
  if (how === 'all') return text.toUpperCase();
  if (how === 'first') return text.slice(0, 1).toUpperCase() + text.slice(1);
  return [...text].map((letter, index) => (index % 2 === 0 ? letter : letter.toUpperCase())).join('');
}

const quotings = (local: string): string[] => [
  `"${local}"`,
  `"${local}+x"`,
  `"${local.slice(0, 1)} ${local.slice(1)}"`,
  `"${local}\\""`,
  `"\\${local}"`,
  '""',
  '"."',
  '" "',
  '"a@b"',
];

/** Inside another domain's local part, as relays were once told the way. */
const routed = (local: string, other: string, how: string): string => (how === '!' ? `${other}!${local}` : `${local}${how}${other}`);

const literal = (address: string): string => `[${address.includes(':') ? 'IPv6:' : ''}${address}]`;

/** Whom a message may be for. */
export function recipients(material: Material): Arbitrary<string> {
  const [ours = 'example.test'] = material.ours;
  const outside = material.outside.length > 0 ? material.outside : [NOWHERE];
  const base = known(material);
  const domains = [...material.ours, ...material.hosts, ...outside, NOWHERE, `sub-\${run}.${ours}`, literal(material.entrance), `${ours}.`];
  const kinds: Weighted[] = [
    { weight: 6, arbitrary: base.map(([local, domain]) => `${local}@${domain}`) },
    {
      weight: 4,
      arbitrary: fc.tuple(base, fc.tuple(fc.nat(30), among(...LETTERS), among('change', 'add', 'cut'))).map(([[local, domain], how]) => `${nearly(local, how)}@${domain}`),
    },
    { weight: 4, arbitrary: fc.tuple(base, among(...SUFFIXES)).map(([[local, domain], suffix]) => `${local}${suffix}@${domain}`) },
    { weight: 3, arbitrary: base.chain(([local, domain]) => among(...quotings(local)).map((quoted) => `${quoted}@${domain}`)) },
    { weight: 2, arbitrary: fc.tuple(base, among('all', 'first', 'some')).map(([[local, domain], how]) => `${capitals(local, how)}@${domain}`) },
    { weight: 2, arbitrary: fc.tuple(base, among('all', 'some')).map(([[local, domain], how]) => `${local}@${capitals(domain, how)}`) },
    { weight: 4, arbitrary: fc.tuple(among(...ODD_LOCALS), among(...material.ours)).map(([local, domain]) => `${local}@${domain}`) },
    { weight: 3, arbitrary: fc.tuple(base, among(...outside), among('%', '!', '@')).map(([[local, domain], other, how]) => `${routed(local, other, how)}@${domain}`) },
    { weight: 4, arbitrary: fc.tuple(base, among(...domains)).map(([[local], domain]) => `${local}@${domain}`) },
    { weight: 1, arbitrary: base.chain(([local]) => among(local, 'postmaster', 'nobody')) },
    { weight: 1, arbitrary: among(...material.ours).map((domain) => `@${domain}`) },
  ];
  return fc.oneof(...kinds).map(sendable);
}

/** Who may have sent it. */
export function senders(material: Material): Arbitrary<string> {
  const { senders: domains, outside } = material;
  const [first = NOWHERE] = domains;
  const kinds: Weighted[] = [
    { weight: 8, arbitrary: fc.constant(`ann@${first}`) },
    { weight: 3, arbitrary: fc.constant('<>') },
    { weight: 3, arbitrary: fc.tuple(among('bea', 'carl+list', 'Dora'), among(first, ...domains)).map(([local, domain]) => `${local}@${domain}`) },
    { weight: 2, arbitrary: known(material).map(([local, domain]) => `${local}@${domain}`) },
    { weight: 1, arbitrary: among(first, ...outside).map((domain) => `"e f"@${domain}`) },
    { weight: 2, arbitrary: fc.tuple(among(...ODD_LOCALS, 'g%h', 'i!j', 'k@l'), among(first, first, first.toUpperCase())).map(([local, domain]) => `${local}@${domain}`) },
    {
      weight: 2,
      arbitrary: among(NOWHERE, `sub-\${run}.${material.ours[0] ?? 'example.test'}`, literal(material.clients[0] ?? '192.0.2.1'), ...material.hosts).map(
        (domain) => `mia@${domain}`,
      ),
    },
    { weight: 1, arbitrary: among('nils', 'root', `@${first}`) },
  ];
  return fc.oneof(...kinds).map(sendable);
}

/** What no SMTP client can put between angle brackets becomes something that it can. */
function sendable(address: string): string {
  return address === '<>' || /^"(?:[^"\\]|\\.)*"@[^\s<>]+$/.test(address) ? address : address.replace(/[\s<>]/g, '_');
}
