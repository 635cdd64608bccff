import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readWorld, type WorldModel } from '../../world/index.ts';
import { changesBetween } from './configuration.ts';

const WORLD = `world: small
description: one host
entrance: mx
default: [only]
hosts:
  mx: { image: [exim, house], fqdn: mx.example.test, addresses: [203.0.113.10], files: [fixtures/mx] }
outside: {}
clients: { 198.51.100.77: client.sender.test }
nameservers: [198.51.100.53]
variants: { only: {} }
`;
const MANIFEST = `image: house\nsoftware: none\nreleases: [bookworm]\nversion: "true"\nlogs: []\nprepare: []\nservices: {}\n`;
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function tree(dockerfile: string, aliases: string): WorldModel {
  const root = mkdtempSync(path.join(tmpdir(), 'mailproof-configuration-'));
  folders.push(root);
  for (const [file, text] of Object.entries({ 'containers/house/Dockerfile': dockerfile, 'containers/house/image.yaml': MANIFEST, 'fixtures/mx/etc/aliases': aliases })) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  const { models, diagnostics } = readWorld('world.yaml', WORLD, path.join(root, 'scenarios/small'));
  expect(diagnostics).toEqual([]);
  const [model] = models;
  if (model === undefined) throw new Error('the world has no variant');
  return model;
}

it('finds nothing between two trees that are the same in two places', () => {
  expect(changesBetween(tree('FROM x\n', 'a: b\n'), tree('FROM x\n', 'a: b\n'))).toEqual([]);
});

it('tells a file of an overlay and a file of an image of their own', () => {
  const changes = changesBetween(tree('FROM x\n', 'a: b\n'), tree('FROM x\nRUN y\n', 'a: c\n'));
  expect(changes.map(({ host, file, change }) => `${host}:${file} ${change}`)).toEqual(['mx:/etc/aliases changed', 'mx:containers/house/Dockerfile changed']);
});
