import { expect, test } from 'vitest';
import { suitesOf } from './debian.ts';

test.each([
  ['one line', 'deb http://mirror.test/debian bookworm main contrib\n# deb http://no.test/ x main\n', [{ suite: 'bookworm', uri: 'http://mirror.test/debian' }]],
  [
    'one line with options',
    'deb [signed-by=/k.gpg arch=amd64] http://mirror.test/debian bookworm-security main',
    [{ suite: 'bookworm-security', uri: 'http://mirror.test/debian' }],
  ],
  [
    'deb822 with a comment between its fields',
    'Types: deb deb-src\n# snapshot\nURIs: http://mirror.test/debian\nSuites: bookworm bookworm-updates\nComponents: main\n',
    [
      { suite: 'bookworm', uri: 'http://mirror.test/debian' },
      { suite: 'bookworm-updates', uri: 'http://mirror.test/debian' },
    ],
  ],
  ['sources of source packages only', 'Types: deb-src\nURIs: http://mirror.test/debian\nSuites: bookworm\nComponents: main\n', []],
  ['another vendor without main', 'deb http://vendor.test/apt stable stable', []],
])('apt sources are read: %s', (_, text, expected) => {
  expect(suitesOf(text)).toEqual(expected);
});
