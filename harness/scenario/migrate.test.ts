import { expect, test } from 'vitest';
import { renderDiagnostics } from '../base/index.ts';
import { readWorld } from '../world/index.ts';
import { parseScenarios } from './scenario-file.ts';

const WORLD = `
world: moving
description: for tests of the verb migrate
entrance: mx
default: [old]
hosts:
  mx: { image: exim, fqdn: mx.example.test, addresses: [203.0.113.10] }
  store: { image: dovecot, fqdn: store.example.test, addresses: [10.20.0.20] }
outside: { hosted.test: {}, partner.test: {} }
clients: { 198.51.100.77: client.sender.test }
nameservers: [198.51.100.53]
variants:
  old: {}
  new: { dns: { example.test: { MX: 10 mx.example.test } } }
  without: { like: new, hosts: { store: null } }
  other: { like: new, hosts: { mx: { image: postfix, addresses: [203.0.113.11] }, mx2: { image: exim, fqdn: mx2.example.test, addresses: [203.0.113.12] } }, outside: { partner.test: null } }
`;
const { models } = readWorld('world.yaml', WORLD, import.meta.dirname);

/** What a reader is told of a step, on the variant `old` unless told. */
function problems(step: string, variant = 'old'): string {
  const model = models.find((one) => one.variant === variant);
  if (model === undefined) throw new Error(`the world of the tests has no variant ${variant}`);
  return renderDiagnostics(parseScenarios('a.scenario.yaml', `scenario: x\nsteps: [{ migrate: ${step} }]\n`, model).diagnostics, new Map());
}

test('a variant that can be moved to, and a part of it, are no mistake', () => {
  for (const step of ['new', 'without', '{ to: new, hosts: [mx] }', '{ to: other, hosts: [store] }', '{ to: without, hosts: [store] }', '{ to: new, dns: true }'])
    expect(problems(step)).toBe('');
  expect(problems('old', 'without')).toMatch(/^a\.scenario\.yaml:2:20 cannot-migrate host store is only in old$/m);
});

test('unknown variants, hosts and names of services are told with the nearest known word', () => {
  expect(problems('nex')).toMatchInlineSnapshot(`
    "a.scenario.yaml:2:20 unknown-variant no variant "nex" in this world
      received: nex
      expected: one of old, new, without, other
      did you mean "new"?"
  `);
  expect(problems('{ to: new, hosts: [mx, stare] }')).toMatchInlineSnapshot(`
    "a.scenario.yaml:2:43 unknown-host no host "stare" in this world
      received: stare
      expected: one of mx, store
      did you mean "store"?"
  `);
  expect(problems('{ to: new, then: relaod }')).toMatch(/did you mean "reload"\?/);
  expect(problems('{ to: new, host: [mx] }')).toMatch(/did you mean "hosts"\?/);
});

test('what cannot be done while a world runs is told before anything is done, with what to do instead', () => {
  expect(problems('other')).toMatchInlineSnapshot(`
    "a.scenario.yaml:2:20 cannot-migrate host mx cannot become what it is in other while the world runs: its addresses are ["203.0.113.10"] here and ["203.0.113.11"] there
      let both variants say the same

    a.scenario.yaml:2:20 cannot-migrate host mx2 is only in other
      let old have it too, with \`services: []\` where nothing is to run on it yet

    a.scenario.yaml:2:20 cannot-migrate outside domains that are not in other cannot go while the world runs: partner.test
      leave them in the world file"
  `);
  expect(problems('{ to: other, hosts: [mx2] }')).toMatch(/^a\.scenario\.yaml:2:\d+ cannot-migrate host mx2 is only in other$/m);
  expect(problems('{ to: other, dns: true }')).toMatch(/cannot-migrate outside domains that are not in other .* partner\.test/);
});
