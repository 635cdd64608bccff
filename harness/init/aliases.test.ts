import { expect, test } from 'vitest';
import { readAliases } from './aliases.ts';

const DOMAINS = ['example.org'];
const read = (text: string): string[] => {
  const { entries, leftOut } = readAliases(text, DOMAINS);
  const shown = entries.map(({ name, endings }) => `${name} -> ${endings.map((ending) => ('user' in ending ? ending.user : ending.address)).join(' ')}`);
  return [...shown, ...leftOut.map(({ name, why }) => `${name}: ${why}`)];
};

test.each([
  ['a name leads to a user', 'abuse: root\n', ['abuse -> root']],
  ['entries lead to entries, in any case', 'Postmaster: Root\nroot: bob\n', ['postmaster -> bob', 'root -> bob']],
  ['a line that begins with a blank goes on', 'team: ann,\n  bob\n\t, carol\n', ['team -> ann bob carol']],
  ['an address of the own domain is a name of the file', 'help: desk@Example.ORG\ndesk: dave\n', ['help -> dave', 'desk -> dave']],
  ['an address elsewhere ends there', 'eve: Eve.Smith@Elsewhere.test\n', ['eve -> Eve.Smith@elsewhere.test']],
  ['who is reached twice is one', 'a: bob, b\nb: bob\n', ['a -> bob', 'b -> bob']],
  ['a name that leads to itself is its user', 'bob: bob, keep@elsewhere.test\n', ['bob -> bob keep@elsewhere.test']],
  ['a backslash ends it', 'ann: \\ann, bob\nbob: carol\n', ['ann -> ann carol', 'bob -> carol']],
  ['quotes and comments', '# nobody\n"odd name": "bob"\n\n', ['odd name -> bob']],
  [
    'a program, a file and a list are left out, and who leads to them',
    'log: "|/bin/x -a, b"\nfile: /var/x\nlist: :include:/etc/l\nall: log, bob\n',
    ['log: it leads to |/bin/x -a, b', 'file: it leads to /var/x', 'list: it leads to :include:/etc/l', 'all: it leads to |/bin/x -a, b'],
  ],
  ['an entry without a target is left out', 'void:\n', ['void: it has no target']],
])('%s', (_what, text, expected) => {
  expect(read(text)).toEqual(expected);
});
