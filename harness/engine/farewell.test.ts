import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, expect, test } from 'vitest';
import { openEngine } from './engine.ts';
import type { Engine } from './types.ts';

let engine: Engine;
let image: string;

beforeAll(async () => {
  engine = await openEngine(() => {});
  image = (await engine.ensureImages([{ image: 'base', release: 'bookworm' }], () => {})).get('base@bookworm')?.tag ?? '';
}, 300_000);

/** A process that starts an instance of one network, one volume and four containers. It says "made" when the first two are there, and "started" after the rest. */
function program(instance: string, owner: string, then: string): ChildProcess {
  const door = new URL('./index.ts', import.meta.url).href;
  const text = `
    import { openEngine } from ${JSON.stringify(door)};
    const engine = await openEngine(() => {});
    const labels = { 'mailproof.instance': ${JSON.stringify(instance)}, 'mailproof.owner': ${owner} };
    const [cable, volume] = await Promise.all([engine.createInternalNetwork(labels), engine.createVolume(labels)]);
    console.log('made');
    await Promise.all([1, 2, 3, 4].map((n) => engine.start({
      name: 'mailproof-${instance}-' + n, image: ${JSON.stringify(image)}, hostname: 'h' + n, env: { MAILPROOF_HOST: 'h' + n },
      volumes: [{ volume: volume.name, path: '/run/mailproof/world' }], networks: [cable], capabilities: [], sysctls: {}, labels, files: [],
    })));
    console.log('started');
    ${then}
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'ignore'] });
}

async function said(child: ChildProcess, word: string): Promise<void> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes(word)) return;
  }
  throw new Error(`the process ended and never said ${word}: ${text}`);
}

const left = async (instance: string): Promise<number> => (await engine.list({ 'mailproof.instance': instance })).length;
const FOREVER = 'setInterval(() => {}, 1000000);';

test.each(['made', 'started'])('Ctrl-C leaves nothing: right after the process said "%s"', { timeout: 60_000 }, async (word) => {
  const instance = `int-${word}-${process.pid}`;
  const child = program(instance, 'engine.owner', FOREVER);
  await said(child, word);
  child.kill('SIGINT');
  expect((await once(child, 'exit'))[0]).toBe(130);
  expect(await engine.sweep({ 'mailproof.instance': instance })).toBe(0);
});

test('Ctrl-C while an instance that is to be kept starts leaves nothing of it', { timeout: 60_000 }, async () => {
  const instance = `int-kept-${process.pid}`;
  const child = program(instance, '"kept"', FOREVER);
  await said(child, 'made');
  child.kill('SIGINT');
  await once(child, 'exit');
  expect(await engine.sweep({ 'mailproof.instance': instance })).toBe(0);
});

test('a kept instance outlives its process, and is not taken for crashed', { timeout: 60_000 }, async () => {
  const instance = `kept-${process.pid}`;
  await once(program(instance, '"kept"', ''), 'exit');
  await engine.sweep({ crashed: true }, () => {});
  expect(await left(instance)).toBe(4);
  expect(await engine.sweep({ 'mailproof.instance': instance })).toBe(6);
});

test('what a killed process left is found and removed by the next one, and what a living one has is not', { timeout: 60_000 }, async () => {
  const [killed, living] = [`killed-${process.pid}`, `living-${process.pid}`];
  const children = [program(killed, 'engine.owner', FOREVER), program(living, 'engine.owner', FOREVER)] as const;
  await Promise.all(children.map((child) => said(child, 'started')));
  children[0].kill('SIGKILL');
  await once(children[0], 'exit');
  await engine.sweep({ crashed: true }, () => {});
  expect([await left(killed), await left(living)]).toEqual([0, 4]);
  children[1].kill('SIGTERM');
  expect((await once(children[1], 'exit'))[0]).toBe(143);
  expect(await left(living)).toBe(0);
});
