import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadWorld } from '../../world/index.ts';
import { BaseProject } from './base-project.ts';

let root: string;
const roots: string[] = [];
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'mailproof-mix-test-'));
  roots.push(root);
});
afterAll(() => {
  for (const one of roots) rmSync(one, { recursive: true, force: true });
});

const host = (address: string): object => ({ image: 'exim', fqdn: 'mx.example.test', addresses: [address], files: ['fixtures/mx'] });

function project(side: 'base' | 'head', change: object): string {
  const dir = path.join(root, side);
  for (const folder of ['scenarios/small', 'fixtures/mx', 'fixtures/other']) mkdirSync(path.join(dir, folder), { recursive: true });
  const world = {
    ...{ world: 'small', description: side, entrance: 'mx', default: ['exim'], hosts: { mx: host('203.0.113.10') }, nameservers: ['198.51.100.53'] },
    ...{ outside: { 'sender.test': {} }, clients: { '198.51.100.77': 'client.sender.test' }, variants: { exim: {} } },
  };
  writeFileSync(path.join(dir, 'scenarios/small/world.yaml'), stringify({ ...world, ...change }));
  writeFileSync(path.join(dir, 'scenarios/small/one.scenario.yaml'), `# of ${side}\n`);
  writeFileSync(path.join(dir, 'message.eml'), `of ${side}\n`);
  return dir;
}

test("base's hosts and their overlays stand in head's surroundings", () => {
  const base = project('base', { hosts: { mx: host('203.0.113.11') }, variants: { exim: {}, other: { hosts: { mx: { files: ['fixtures/other'] } } } } });
  const head = project('head', { outside: { 'sender.test': {}, 'new.test': {} }, variants: { exim: { hosts: { mx: { files: ['fixtures/other'] } } } } });
  const staged = new BaseProject(base, head, ['small']);
  const model = loadWorld(staged.dirOf('small'), 'exim', staged.root);
  expect(model.hosts[0]?.addresses).toEqual(['203.0.113.11']);
  expect(model.hosts[0]?.files).toEqual([path.join(base, 'fixtures/mx')]);
  expect(loadWorld(staged.dirOf('small'), 'other', staged.root).hosts[0]?.files).toEqual([path.join(base, 'fixtures/other')]);
  expect(model.outside.map(({ domain }) => domain)).toEqual(['sender.test', 'new.test']);
  expect(staged.notes).toEqual([]);
  staged.remove();
});

test('surroundings that do not fit the hosts of base are its own, and the reader is told', () => {
  const base = project('base', {});
  const head = project('head', { hosts: { mx: host('203.0.113.12') }, outside: { 'new.test': { exchangers: { 'mx.new.test': { addresses: ['203.0.113.10'] } } } } });
  const staged = new BaseProject(base, head, ['small']);
  expect(loadWorld(staged.dirOf('small'), 'exim', staged.root).outside.map(({ domain }) => domain)).toEqual(['sender.test']);
  expect(staged.notes).toEqual([expect.stringMatching(/^small: base runs in its own surroundings .*: .*203\.0\.113\.10/)]);
  staged.remove();
});
