import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

export const ALIASES = 'fixtures/starter/mx/etc/exim4/aliases';
export const CONFIGURATION = 'fixtures/starter/mx/etc/exim4/exim4.conf';
export const WORLD = 'scenarios/starter/world.yaml';
export const SCENARIOS = 'scenarios/starter/small.scenario.yaml';

const SMALL = `scenario: An alias reaches each of its targets
steps:
  - send: { from: ann@sender.test, to: team@example.test }
  - expect:
      - delivered: { to: alice@example.test, original: team@example.test }
      - delivered: { to: bob@example.test, original: team@example.test }
      - delivered: { to: carol@example.test, original: team@example.test }
---
scenario: A message to an account arrives
steps:
  - send: { from: ann@sender.test, to: erin@example.test }
  - expect:
      - delivered: { to: erin@example.test }
---
scenario: Nobody has this address
steps:
  - send: { from: ann@sender.test, to: nobody@example.test }
  - expect:
      - refused: { to: nobody@example.test, code: 550 }
`;

/** A small project: the world `starter` on Exim, files of its own, three scenarios. */
export function writeProject(root: string): void {
  cpSync(path.join(REPOSITORY, 'fixtures/starter'), path.join(root, 'fixtures/starter'), { recursive: true });
  const world: { default: string[] } = parse(readFileSync(path.join(REPOSITORY, WORLD), 'utf8'));
  world.default = ['exim'];
  mkdirSync(path.join(root, 'scenarios/starter'), { recursive: true });
  writeFileSync(path.join(root, WORLD), stringify(world));
  writeFileSync(path.join(root, SCENARIOS), SMALL);
}

export function edit(root: string, file: string, change: (text: string) => string): void {
  const target = path.join(root, file);
  const before = readFileSync(target, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`nothing was changed in ${file}`);
  writeFileSync(target, after);
}

export const daveForCarol = (text: string): string => text.replace('team:           alice, bob, carol', 'team:           alice, bob, dave');
export const noSuchVerb = (text: string): string => text.replace(/^begin acl$/m, 'begin acl\n\nacl_check_nothing:\n  frobnicate domains = *\n');
