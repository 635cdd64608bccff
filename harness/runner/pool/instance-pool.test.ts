import { describe, expect, it } from 'vitest';
import { type Instance, InstancePool, type PoolOptions } from './instance-pool.ts';

/** A pool over instances that are nothing but a number, and a look at which of them run. */
function numbered(options: Partial<PoolOptions<number>> = {}) {
  const running = new Set<string>();
  const said: string[] = [];
  let count = 0;
  const start = async (): Promise<Instance<number>> => {
    const id = String(++count);
    running.add(id);
    return { id, ref: Number(id), close: async () => void running.delete(id) };
  };
  const pool = new InstancePool<number>({ name: 'w/v', lanes: 2, sideBySide: 2, start, report: (line) => said.push(line), ...options });
  return { pool, running, said, started: () => count };
}

/** What a promise has come to after everything that is ready has run. */
async function stateOf(promise: Promise<unknown>): Promise<'open' | 'settled'> {
  const open = Symbol('open');
  const all = Promise.race([promise.catch(() => undefined), new Promise((resolve) => setImmediate(() => resolve(open)))]);
  return (await all) === open ? 'open' : 'settled';
}

describe('instance pool', () => {
  it('lets side-by-side scenarios share one instance, as many as it is allowed', async () => {
    const { pool, started } = numbered();
    const [a, b] = await Promise.all([pool.lease('side-by-side'), pool.lease('side-by-side')]);
    const third = pool.lease('side-by-side');
    expect(a.instance).toBe(b.instance);
    expect(await stateOf(third)).toBe('open');
    a.release();
    expect((await third).instance).toBe(b.instance);
    expect(started()).toBe(1);
  });

  it('gives a scenario that runs alone an instance to itself', async () => {
    const { pool } = numbered();
    const side = await pool.lease('side-by-side');
    const [one, two] = await Promise.all([pool.lease('alone'), pool.lease('alone')]);
    expect(new Set([side.instance, one.instance, two.instance]).size).toBe(3);
    const third = pool.lease('alone');
    expect(await stateOf(third)).toBe('open');
    two.release();
    expect((await third).instance).toBe(two.instance);
  });

  it('uses the shared instance for scenarios that run alone once no other is expected there', async () => {
    const { pool } = numbered({ lanes: 1 });
    pool.expect({ 'side-by-side': 1, alone: 2 });
    const side = await pool.lease('side-by-side');
    await pool.lease('alone');
    const second = pool.lease('alone');
    expect(await stateOf(second)).toBe('open');
    side.release();
    expect((await second).instance).toBe(side.instance);
  });

  it('says whether others ran beside one another in an instance before it is had alone', async () => {
    const { pool } = numbered({ lanes: 1 });
    pool.expect({ 'side-by-side': 1, alone: 3 });
    const side = await pool.lease('side-by-side');
    const lane = await pool.lease('alone');
    expect(lane.afterAlone).toBe(true);
    side.release();
    const second = await pool.lease('alone');
    expect([second.instance, second.afterAlone]).toEqual([side.instance, false]);
    second.release();
    expect((await pool.lease('alone')).afterAlone).toBe(true);
  });

  it('gives every scenario an instance to itself where all are to run alone', async () => {
    const { pool, started } = numbered({ allAlone: true });
    pool.expect({ 'side-by-side': 3, alone: 0 });
    const [one, two] = await Promise.all([pool.lease('side-by-side'), pool.lease('side-by-side')]);
    const third = pool.lease('side-by-side');
    expect(one.instance).not.toBe(two.instance);
    expect(await stateOf(third)).toBe('open');
    one.release();
    expect((await third).instance).toBe(one.instance);
    expect(started()).toBe(2);
  });

  it('makes do with a single instance when there is no lane', async () => {
    const { pool, started } = numbered({ lanes: 0 });
    const side = await pool.lease('side-by-side');
    const alone = pool.lease('alone');
    expect(await stateOf(alone)).toBe('open');
    side.release();
    const lonely = await alone;
    const next = pool.lease('side-by-side');
    expect(await stateOf(next)).toBe('open');
    lonely.release();
    expect((await next).instance).toBe(side.instance);
    expect(started()).toBe(1);
  });

  it('throws an instance away that a scenario could not leave as it was, and starts another for who comes next', async () => {
    const { pool, running, said, started } = numbered({ lanes: 1 });
    const first = await pool.lease('alone');
    first.release({ broken: 'the clock could not be read' });
    expect(started()).toBe(1);
    const second = await pool.lease('alone');
    expect(second.instance).not.toBe(first.instance);
    expect(running.has(first.instance)).toBe(false);
    expect(said).toEqual([`w/v: instance ${first.instance} is given up: the clock could not be read`]);
  });

  it('gives no scenario an instance in which one that ran alone has failed, however often', async () => {
    const { pool, running } = numbered({ lanes: 1 });
    const seen = new Set<string>();
    for (let i = 0; i < 6; i++) {
      const lease = await pool.lease('alone');
      seen.add(lease.instance);
      lease.release({ failed: true });
    }
    expect(seen.size).toBe(6);
    for (const id of [...seen].slice(0, -1)) expect(running.has(id)).toBe(false);
  });

  it('keeps the shared instance for side-by-side scenarios alone once one of them has failed', async () => {
    const { pool } = numbered({ lanes: 1 });
    const side = await pool.lease('side-by-side');
    side.release({ failed: true });
    const lane = await pool.lease('alone');
    expect(lane.instance).not.toBe(side.instance);
    expect(await stateOf(pool.lease('alone'))).toBe('open');
    expect((await pool.lease('side-by-side')).instance).toBe(side.instance);
  });

  it('refuses with the reason when no instance starts', async () => {
    const { pool } = numbered({ start: async () => Promise.reject(new Error('mx did not come up')) });
    await expect(pool.lease('side-by-side')).rejects.toThrow('mx did not come up');
    await expect(pool.lease('alone')).rejects.toThrow('mx did not come up');
  });

  it('gives up after instances were left unusable again and again', async () => {
    const { pool } = numbered({ lanes: 1 });
    for (let i = 0; i < 4; i++) (await pool.lease('alone')).release({ broken: 'undo failed' });
    await expect(pool.lease('alone')).rejects.toThrow('left unusable, the last because undo failed');
  });

  it('serves by the shared instance when its lanes are lost, though scenarios that were expected there never came', async () => {
    const { pool } = numbered({ lanes: 1 });
    pool.expect({ 'side-by-side': 2, alone: 6 });
    const side = await pool.lease('side-by-side');
    for (let i = 0; i < 4; i++) (await pool.lease('alone')).release({ broken: 'undo failed' });
    const waiting = pool.lease('alone');
    expect(await stateOf(waiting)).toBe('open');
    side.release();
    expect((await waiting).instance).toBe(side.instance);
  });

  it('refuses what would wait for ever: the lanes are lost, and a scenario failed in the shared instance', async () => {
    const { pool } = numbered({ lanes: 1 });
    const side = await pool.lease('side-by-side');
    side.release({ failed: true });
    for (let i = 0; i < 4; i++) (await pool.lease('alone')).release({ broken: 'undo failed' });
    await expect(pool.lease('alone')).rejects.toThrow('left unusable, the last because undo failed');
  });

  it('starts what is expected without being asked for a lease, and ends everything when closed', async () => {
    const { pool, running } = numbered();
    pool.expect({ 'side-by-side': 3, alone: 9 });
    await pool.lease('side-by-side');
    expect(running.size).toBe(3);
    const waiting = [pool.lease('alone'), pool.lease('alone'), pool.lease('alone')];
    await Promise.all(waiting.slice(0, 2));
    await Promise.all([expect(waiting[2]).rejects.toThrow('the run was ended'), pool.close()]);
    expect(running.size).toBe(0);
  });

  it('forgets a request whose worker has gone', async () => {
    const { pool } = numbered({ lanes: 1 });
    const held = await pool.lease('alone');
    const gone = new AbortController();
    const request = pool.lease('alone', gone.signal);
    gone.abort(new Error('the worker ended'));
    await expect(request).rejects.toThrow('the worker ended');
    held.release();
    await expect(pool.lease('alone')).resolves.toBeDefined();
  });
});
