import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { envelopeAddress } from '../base/index.ts';
import { openEngine } from '../engine/index.ts';
import { loadWorld, type StartedWorld, startWorld } from '../world/index.ts';
import type { Ledger } from './ledger.ts';
import { ledgerOf } from './ledger-of.ts';
import { queueTruth } from './queue-truth.ts';
import { settle } from './settle.ts';
import { inOneLine } from './testdata/recording.ts';

const DEADLINE_MS = 30_000;
const START_MS = 300_000;

/** How a message in the spool is put aside behind the server's back and put back, how the server forgets it, and how it tries all now. */
const SPOOLS = {
  exim: {
    files: (id: string) => `find /var/spool/exim4/input -name '${id}-[DH]'`,
    remove: (id: string) => `exim4 -Mrm ${id}`,
    tryNow: 'exim4 -qff',
  },
  postfix: {
    files: (id: string) => `find /var/spool/postfix/deferred -type f -name ${id}`,
    remove: (id: string) => `postsuper -d ${id}`,
    tryNow: 'postqueue -f',
  },
} as const;

/** One world on each MTA; the tests of one go from calm to worse, each with messages of its own. */
describe.each(['exim', 'postfix'] as const)('mail of a real world on %s', (variant) => {
  const spool = SPOOLS[variant];
  let world: StartedWorld;
  let ledger: Ledger;
  let close: () => void;
  let count = 0;

  beforeAll(async () => {
    const model = loadWorld('scenarios/starter', variant);
    world = await startWorld(model, { engine: await openEngine(() => {}), report: () => {} });
    ledger = ledgerOf(model);
    const stream = world.hub.events(0, (event) => ledger.apply(event));
    close = () => stream.close();
  }, START_MS);
  afterAll(async () => {
    close?.();
    await world?.stop();
  });

  const run = async (host: string, script: string): Promise<string> => {
    const { status, output } = await world.hub.exec({ host, script });
    if (status !== 0) throw new Error(`${host}: ${script} ended with ${status}: ${output}`);
    return output;
  };

  /** Hands a message to the relay on the relay itself, and tells the ledger. @returns the root's id */
  async function send(...to: string[]): Promise<string> {
    count++;
    const messageId = `settle.${count}@sender.test`;
    ledger.addRoot({ id: `root${count}`, host: 'mx', reply: '', messageId, from: envelopeAddress('ann@sender.test'), to: to.map(envelopeAddress) });
    await run('mx', `printf 'From: ann@sender.test\\nMessage-ID: <${messageId}>\\nSubject: ${count}\\n\\nx\\n' | /usr/sbin/sendmail -f ann@sender.test ${to.join(' ')}`);
    return `root${count}`;
  }
  const settled = async (root: string, deadlineMs = DEADLINE_MS): Promise<string[]> => (await settle({ ledger, hub: world.hub, roots: [root], deadlineMs })).map(inOneLine).sort();
  const queueIdOf = (root: string): string => ledger.custodies([root])[0]?.queueId ?? 'none';

  it('is settled when each copy of it is stored', async () => {
    const root = await send('team@example.test');
    expect(await settled(root)).toEqual(['alice', 'bob', 'carol'].map((user) => `delivered mail team@example.test -> ${user}@example.test at ${user}/INBOX by mx > store`));
    expect(await queueTruth(ledger, world.hub, [root])).toEqual([]);
    expect(ledger.violations([root])).toEqual([]);
  });

  it('is not settled while a next hop is silent, and settle says what it waits for', async () => {
    await world.hub.host({ host: 'store', action: 'pause' });
    const root = await send('dave@example.test');
    await expect(settled(root, 700)).rejects.toMatchObject({
      code: 'DEADLINE',
      message: expect.stringMatching(/dave@example\.test is still on its way|has not named the message yet/),
    });
    await world.hub.host({ host: 'store', action: 'start' });
    expect(await settled(root)).toEqual(['delivered mail dave@example.test -> dave@example.test at dave/INBOX by mx > store']);
  });

  it('that waits in a queue is settled with the time of the next try', async () => {
    await world.hub.link({ action: 'cut', between: ['mx', 'store'] });
    const root = await send('erin@example.test');
    const [outcome, ...more] = await settle({ ledger, hub: world.hub, roots: [root], deadlineMs: DEADLINE_MS });
    expect(more).toEqual([]);
    expect(outcome).toMatchObject({ kind: 'queued', host: 'mx', frozen: false });
    expect(outcome?.kind === 'queued' ? Number(outcome.nextTry) - ledger.now : 0).toBeGreaterThan(0);
    expect(await queueTruth(ledger, world.hub, [root])).toEqual([]);
    await world.hub.link({ action: 'heal', between: ['mx', 'store'] });
    await run('mx', spool.tryNow);
    expect(await settled(root)).toEqual(['delivered mail erin@example.test -> erin@example.test at erin/INBOX by mx > store']);
  });

  it('that is due, and that no server has looked at since, is tried before it is settled', async () => {
    await world.hub.link({ action: 'cut', between: ['mx', 'store'] });
    const root = await send('heidi@example.test');
    const [outcome] = await settle({ ledger, hub: world.hub, roots: [root], deadlineMs: DEADLINE_MS });
    const due = outcome?.kind === 'queued' ? Number(outcome.nextTry) - ledger.now : Number.NaN;
    await world.hub.link({ action: 'heal', between: ['mx', 'store'] });
    await world.hub.clock({ advanceMs: due + 1000, nudge: false });
    expect(await settled(root)).toEqual(['delivered mail heidi@example.test -> heidi@example.test at heidi/INBOX by mx > store']);
  });

  it('that went from the queue without a word is told by the queue', async () => {
    await world.hub.link({ action: 'cut', between: ['mx', 'store'] });
    const root = await send('frank@example.test');
    await settled(root);
    const id = queueIdOf(root);
    await run('mx', `for file in $(${spool.files(id)}); do cp -p "$file" /tmp/; echo "$file" >> /tmp/${id}.paths; rm "$file"; done; test -s /tmp/${id}.paths`);
    expect(await queueTruth(ledger, world.hub, [root])).toMatchObject([{ code: 'truth', host: 'mx', message: expect.stringContaining('its queue does not hold it') }]);
    await run('mx', `while read -r file; do cp -p "/tmp/$(basename "$file")" "$file"; done < /tmp/${id}.paths`);
    expect(await queueTruth(ledger, world.hub, [root])).toEqual([]);
  });

  it('that the log closed and the queue still holds is told by the queue', async () => {
    const root = `root${count}`;
    const id = queueIdOf(root);
    await run('mx', spool.remove(id));
    await settled(root);
    expect(await queueTruth(ledger, world.hub, [root])).toEqual([]);
    await run('mx', `while read -r file; do cp -p "/tmp/$(basename "$file")" "$file"; done < /tmp/${id}.paths`);
    expect(await queueTruth(ledger, world.hub, [root])).toMatchObject([{ code: 'truth', host: 'mx', message: expect.stringContaining('is still in the queue of mx') }]);
    await run('mx', `${spool.files(id)} -delete`);
    await world.hub.link({ action: 'heal', between: ['mx', 'store'] });
  });

  it('that a relay had in hand when it was killed waits there, and comes after it is up again', async () => {
    await world.hub.host({ host: 'store', action: 'pause' });
    const root = await send('grace@example.test');
    await world.hub.host({ host: 'mx', action: 'kill' });
    expect(await settled(root)).toEqual(['queued mail grace@example.test -> grace@example.test at mx by mx']);
    await Promise.all([world.hub.host({ host: 'mx', action: 'start' }), world.hub.host({ host: 'store', action: 'start' })]);
    // What the relay tries on its own when it comes up is over before it is told to.
    await settled(root);
    await run('mx', spool.tryNow);
    const copies = await settled(root);
    const one = 'delivered mail grace@example.test -> grace@example.test at grace/INBOX by mx > store';
    // The store may have taken it when it thawed, although its client was gone by then.
    expect([[one], [`${one} indeterminate`, `${one} indeterminate`]]).toContainEqual(copies);
    expect(ledger.violations([root])).toEqual([]);
  });
});
