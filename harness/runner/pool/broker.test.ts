import { statSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { MailproofError } from '../../base/index.ts';
import type { InstanceRef } from '../../world/index.ts';
import { Broker } from './broker.ts';
import { PoolClient } from './client.ts';
import { InstancePool } from './instance-pool.ts';
import { onJsonLines } from './lines.ts';

const REF: InstanceRef = { world: 'w', variant: 'v', dir: '/w', instance: 'i1', host: '127.0.0.1', port: 1, token: 'secret' };
const closing: (() => Promise<void>)[] = [];

async function lending(start = async () => ({ id: 'i1', ref: REF, close: async () => {} })): Promise<Broker> {
  const pool = new InstancePool<InstanceRef>({ name: 'w/v', lanes: 1, sideBySide: 4, start, report: () => {} });
  const broker = new Broker((project) => {
    if (project !== 'w/v') throw new MailproofError('NOT_FOUND', `no project ${project}`);
    return pool;
  });
  await broker.listen();
  closing.push(() => broker.close());
  return broker;
}

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

describe('lending over the socket', () => {
  it('hands a worker what it needs to reach an instance', async () => {
    const broker = await lending();
    const lease = await new PoolClient(broker.socket).lease('w/v', 'side-by-side');
    expect(lease).toMatchObject({ instance: 'i1', ref: REF });
  });

  it('hands over the error with its code when no instance starts', async () => {
    const broker = await lending(() => Promise.reject(new MailproofError('HOST_NOT_UP', 'store did not come up', { hint: 'look at its log' })));
    await expect(new PoolClient(broker.socket).lease('w/v', 'alone')).rejects.toMatchObject({ code: 'HOST_NOT_UP', message: 'store did not come up', hint: 'look at its log' });
    await expect(new PoolClient(broker.socket).lease('x/y', 'alone')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('takes back what a worker held when the worker ends', async () => {
    const broker = await lending();
    const dying = connect(broker.socket);
    const leased = new Promise((resolve) => onJsonLines(dying, resolve));
    dying.write(`${JSON.stringify({ type: 'lease', id: 1, project: 'w/v', mode: 'alone' })}\n`);
    await leased;
    const next = new PoolClient(broker.socket).lease('w/v', 'alone');
    dying.destroy();
    await expect(next).resolves.toMatchObject({ instance: 'i1' });
  });

  it('can be opened by this user only', async () => {
    const broker = await lending();
    expect(statSync(path.dirname(broker.socket)).mode & 0o077).toBe(0);
  });

  it('says so to workers that still wait when the run ends', async () => {
    const broker = await lending(() => new Promise(() => {}));
    const client = new PoolClient(broker.socket);
    const waiting = client.lease('w/v', 'alone');
    const refused = expect(waiting).rejects.toThrow('no longer lends world instances');
    // The socket must be connected before it can be closed from the other side.
    await new Promise<void>((resolve, reject) => {
      const probe = connect(broker.socket, () => resolve());
      probe.on('error', reject);
      probe.unref();
    });
    await closing.pop()?.();
    await refused;
  });
});
