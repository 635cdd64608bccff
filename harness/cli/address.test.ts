import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Project, type Said } from './testing.ts';

// Each step is a command of its own, on real servers.
vi.setConfig({ testTimeout: 180_000 });

/**
 * Where mail goes, from the servers' own tools:
 *
 *   client.sender.test -> mx (Exim, or Postfix) -> store (Dovecot)
 *                            mx                 -> hosted.test
 */
const project = new Project({});
afterAll(() => project.remove());

const WAYS = {
  exim: { accounts: 'router accounts, transport store_lmtp', aliases: 'router aliases', outside: 'router outside, transport remote_smtp', catchAll: 'router catch_all' },
  postfix: {
    accounts: 'virtual mailbox domain, transport lmtp',
    aliases: 'virtual_alias_maps hash:/etc/postfix/aliases',
    outside: 'default domain, transport smtp',
    catchAll: 'virtual_alias_maps hash:/etc/postfix/aliases',
  },
};

describe.each(['exim', 'postfix'] as const)('address on %s', (variant) => {
  const by = WAYS[variant];
  let instance = '';
  const address = (...args: string[]): Promise<Said> => project.run(['address', ...args, '--on', instance]);
  async function data(...args: string[]): Promise<ReturnType<typeof JSON.parse>> {
    const { stdout, stderr } = await address(...args, '--json');
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  }
  const handedOn = (user: string): object[] => [
    {
      host: 'mx',
      recipient: `${user}@example.test`,
      by: by.accounts,
      next: expect.objectContaining({ kind: 'hosts', hosts: [expect.objectContaining({ name: 'store.example.test', port: 24, protocol: 'lmtp' })] }),
    },
    {
      host: 'store',
      recipient: `${user}@example.test`,
      answer: expect.objectContaining({ taken: true, code: 250, enhanced: '2.1.5' }),
      by: 'doveadm user',
      next: { kind: 'mailbox', user, place: `/srv/mail/${user}` },
    },
  ];

  beforeAll(async () => {
    const { stdout, stderr, status } = await project.run(['up', 'starter', '--variant', variant, '--json']);
    expect(status, stderr).toBe(0);
    instance = JSON.parse(stdout).instance;
  }, 120_000);
  afterAll(async () => {
    if (instance !== '') expect((await project.run(['down', instance])).status).toBe(0);
  }, 60_000);

  test('an account is followed from host to host into its mailbox, its detail left to the store', async () => {
    const [alice, shop] = await data('alice@example.test', 'alice+shop@example.test');
    const [first, second] = handedOn('alice');
    expect(alice).toMatchObject({ address: 'alice@example.test', client: '198.51.100.77', rows: [{ ...first, answer: { taken: true, code: 250 } }, second] });
    expect(alice.rows).toHaveLength(2);
    expect(shop.rows[1]).toMatchObject({ recipient: 'alice+shop@example.test', next: { kind: 'mailbox', user: 'alice' } });
  });

  test('an alias becomes everybody behind it, also a list in a list, each once', async () => {
    const [{ rows }] = await data('everyone@example.test');
    const becomes = Object.fromEntries(
      rows.flatMap(({ recipient, by: said, next }: { recipient: string; by: string; next: { recipients?: string[] } }) =>
        next.recipients === undefined ? [] : [[`${recipient} by ${said}`, next.recipients]],
      ),
    );
    expect(becomes).toEqual({
      [`everyone@example.test by ${by.aliases}`]: ['team@example.test', 'bob@example.test', 'dave@example.test'],
      [`team@example.test by ${by.aliases}`]: ['alice@example.test', 'bob@example.test', 'carol@example.test'],
    });
    const mailboxes = rows.flatMap(({ next }: { next: { user?: string } }) => next.user ?? []);
    expect(mailboxes.sort()).toEqual(['alice', 'bob', 'carol', 'dave']);
  });

  test('a domain where everything goes to one person is followed, too', async () => {
    const [{ rows }] = await data('whatever@events.example.test');
    expect(rows[0]).toMatchObject({ by: by.catchAll, next: { kind: 'recipients', recipients: ['carol@example.test'] } });
    expect(rows.slice(1)).toEqual(handedOn('carol'));
  });

  test('what leaves the system is named with its exchanger, which is not asked', async () => {
    const [{ rows }] = await data('press@example.test');
    expect(rows.slice(1)).toEqual([
      {
        host: 'mx',
        recipient: 'press@hosted.test',
        by: by.outside,
        next: { kind: 'hosts', hosts: expect.arrayContaining([expect.objectContaining({ name: 'mx.hosted.test', port: 25, protocol: 'smtp' })]) },
      },
    ]);
    const { stdout } = await project.run(['logs', '--on', instance, '--grep', 'mx.hosted.test']);
    expect(stdout.trim()).toBe('');
  });

  test('what is refused goes nowhere, and the reply tells why: by recipient, by sender, by client', async () => {
    const [nobody, relay] = await data('nobody@example.test', 'x@hosted.test');
    expect(nobody.rows).toEqual([
      expect.objectContaining({ host: 'mx', answer: expect.objectContaining({ taken: false, stage: 'rcpt', code: 550, enhanced: '5.1.1' }), next: { kind: 'end' } }),
    ]);
    expect(relay.rows).toEqual([expect.objectContaining({ answer: expect.objectContaining({ code: 554, enhanced: '5.7.1' }) })]);
    const [listed] = await data('alice@example.test', '--client', '198.51.100.66');
    expect(listed.rows).toEqual([expect.objectContaining({ answer: expect.objectContaining({ taken: false, code: 554, text: expect.stringContaining('bl.test') }) })]);
    const [unknown] = await data('alice@example.test', '--from', 'ann@nowhere.test');
    expect(unknown.rows).toEqual([expect.objectContaining({ answer: expect.objectContaining({ taken: false, code: 550 }) })]);
    const [inside] = await data('x@hosted.test', '--client', '10.20.0.50', '--from', '<>');
    expect(inside.rows).toEqual([expect.objectContaining({ by: by.outside, answer: expect.objectContaining({ taken: true }) })]);
  });

  test('nothing is sent unless --send asks for it; then it is followed to its end', async () => {
    const count = async (): Promise<number> =>
      JSON.parse((await project.run(['shell', 'store', 'find /srv/mail/heidi -type f -path "*/new/*" 2>/dev/null | wc -l', '--json', '--on', instance])).stdout).output;
    expect(Number(await count())).toBe(0);
    await data('heidi@example.test');
    expect(Number(await count())).toBe(0);
    const { stdout, status } = await address('heidi@example.test', 'nobody@example.test', '--send');
    expect(stdout).toContain("sent to heidi@example.test:\n  delivered: heidi@example.test in heidi's INBOX on store");
    expect(stdout).toMatch(/sent to nobody@example\.test:\n {2}refused: <nobody@example\.test> 550 5\.1\.1/);
    expect(status).toBe(1);
    expect(Number(await count())).toBe(1);
  });

  test('--expect says line by line what is otherwise, and nothing when all is as it should be', async () => {
    project.write('good.tab', 'alice@example.test\tstore alice\nteam@example.test\talice bob carol\nnobody@example.test 550 5.1.1\nbob@example.test client=198.51.100.66 554\n');
    const good = await address('--expect', 'good.tab');
    expect(good.stderr).toContain('good.tab: all as expected');
    expect(good.status).toBe(0);
    project.write('bad.yaml', 'alice@example.test: bob\nteam@example.test: [alice, bob]\n');
    const bad = await address('--expect', 'bad.yaml');
    expect(bad.stdout).toContain('bad.yaml:1 alice@example.test: expected "bob", which none of its lines says');
    expect(bad.stdout).toMatch(/bad\.yaml:1 alice@example\.test: not expected: alice@example\.test, on store/);
    expect(bad.stdout).toMatch(/bad\.yaml:2 team@example\.test: not expected: carol@example\.test, on store/);
    expect(bad.stderr).toContain('bad.yaml: 2 of 2 addresses are not as expected');
    expect(bad.status).toBe(1);
  });

  test('a file of addresses works like their names, each with its sender and client', async () => {
    project.write('list.txt', '# who\nalice@example.test\nalice@example.test client=198.51.100.66\n');
    const rows = await data('--file', 'list.txt');
    expect(rows.map(({ client, rows: [first] }: { client: string; rows: { answer: { code: number } }[] }) => [client, first?.answer.code])).toEqual([
      ['198.51.100.77', 250],
      ['198.51.100.66', 554],
    ]);
  });

  test('an account that only the relay knows is refused by the store, as the relay would hear it', async () => {
    await project.run(['shell', 'store', 'sed -i /^ivan:/d /etc/dovecot/users; while doveadm user ivan > /dev/null 2>&1; do :; done', '--on', instance]);
    const [{ rows }] = await data('ivan@example.test');
    expect(rows[0]).toMatchObject({ host: 'mx', answer: { taken: true } });
    expect(rows.slice(1)).toEqual([
      expect.objectContaining({ host: 'store', answer: expect.objectContaining({ taken: false, stage: 'rcpt', code: 550, enhanced: '5.1.1' }), next: { kind: 'end' } }),
    ]);
  });

  test('a store that cannot be reached, and a list that cannot be read, are told where they are', async () => {
    await project.run(['shell', 'store', 'doveadm stop', '--on', instance]);
    const [{ rows }] = await data('alice@example.test');
    expect(rows.at(-1)).toMatchObject({ host: 'store', answer: { taken: false, code: 0, text: 'Connection refused' }, next: { kind: 'end' } });
    const list = variant === 'exim' ? '/etc/exim4/aliases' : '/etc/postfix/aliases.db';
    await project.run(['shell', 'mx', `mv ${list} ${list}.away; [ ${variant} = exim ] || postfix reload`, '--on', instance]);
    const [broken] = await data('dave@example.test');
    expect(broken.rows).toEqual([expect.objectContaining({ answer: expect.objectContaining({ taken: false, code: 451 }) })]);
  });

  test.each([
    [[], 'takes addresses'],
    [['alice'], 'is not an address'],
    [['--file', 'none.txt'], 'cannot read the addresses in none.txt'],
    [['alice@example.test', '--server', 'mxx'], 'no host or host address "mxx"'],
  ])('what cannot be asked is said: %s', async (args, said) => {
    const { status, stderr } = await address(...args);
    expect(stderr).toContain(said);
    expect(status).toBe(3);
  });
});
