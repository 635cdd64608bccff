import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Project, type Said } from './testing.ts';

/**
 * One world on the desk, and every command that works with it:
 *
 *   client.sender.test -> mx (Exim) -> store (Dovecot)
 *                            mx     -> hosted.test, slow.test (greylists)
 */
const project = new Project({});
let instance = '';

const on = (args: readonly string[]): Promise<Said> => project.run([...args, '--on', instance]);
/** Standard output of a command with --json: it must be JSON and nothing else. */
async function data(args: readonly string[]): Promise<ReturnType<typeof JSON.parse>> {
  const { stdout } = await on([...args, '--json']);
  return JSON.parse(stdout);
}

beforeAll(async () => {
  const { stdout, stderr, status } = await project.run(['up', 'starter', '--variant', 'exim', '--json']);
  expect(status, stderr).toBe(0);
  instance = JSON.parse(stdout).instance;
}, 120_000);
afterAll(async () => {
  if (instance !== '') expect((await project.run(['down', instance])).status).toBe(0);
  expect(JSON.parse((await project.run(['ps', '--json'])).stdout)).not.toContainEqual(expect.objectContaining({ instance }));
  project.remove();
}, 60_000);

test('ps shows the instance, its hosts with their addresses, and its clock', async () => {
  const rows = JSON.parse((await project.run(['ps', '--json'])).stdout);
  expect(rows).toContainEqual(
    expect.objectContaining({
      instance,
      world: 'starter',
      variant: 'exim',
      kept: true,
      hosts: expect.arrayContaining([{ name: 'mx', state: 'ready', addresses: ['203.0.113.10', '2001:db8:a::10'] }]),
    }),
  );
});

describe('a message', () => {
  let sent: { transcript: { mark: string; text: string }[]; outcomes: object[]; traces: { messageId: string; hops: { queueId: string }[] }[] };
  beforeAll(async () => {
    sent = await data(['send', '--to', 'alice@example.test', '--subject', 'From the desk']);
  });

  test('is sent and followed to its end, with the conversation', () => {
    expect(sent.transcript).toContainEqual(expect.objectContaining({ mark: '~>', text: 'RCPT TO:<alice@example.test>' }));
    expect(sent.outcomes).toEqual([
      expect.objectContaining({ kind: 'delivered', to: 'alice@example.test', place: { mailbox: expect.objectContaining({ user: 'alice', folder: 'INBOX' }) } }),
    ]);
  });

  test('is traced by its queue id, its Message-ID and an address, which come to the same', async () => {
    const queueId = sent.traces[0]?.hops[0]?.queueId ?? 'none';
    const messageId = sent.traces[0]?.messageId ?? 'none';
    for (const key of [queueId, messageId, 'alice@example.test']) expect(await data(['trace', key]), key).toContainEqual(expect.objectContaining({ messageId }));
    const { stdout } = await on(['trace', queueId]);
    expect(stdout).toContain('stored in store:alice/INBOX');
    expect(stdout).toMatch(/dovecot: lmtp\(alice\)/);
    expect(await data(['trace', 'last'])).toEqual([expect.objectContaining({ messageId })]);
    expect((await on(['trace', 'last', '--brief'])).stdout).not.toMatch(/\| |^header in/m);
  });

  test('is traced with what each hop put on top of it, what was said to receivers outside, and the names that were asked for', async () => {
    await data(['send', '--to', 'sales@example.test']);
    const { stdout } = await on(['trace', 'last']);
    expect(stdout).toMatch(/^header in store:bob\/INBOX:\n(?: {2}\+ store {2}.*\n)+ {2}\+ mx {2}Received: from client\.sender\.test .* for sales@example\.test;/m);
    expect(stdout).toMatch(/^header in hosted\.test:\n {2}\+ mx {2}Received: /m);
    expect(stdout).toMatch(/^said to hosted\.test:\n.*~> {2}RCPT TO:<sales@hosted\.test>/ms);
    expect(stdout).toMatch(/^ +\+\d+ms mx {2}hosted\.test MX: MX 10 mx\.hosted\.test$/m);
  });

  test('has its log lines on all hosts, without those of others', async () => {
    const other: typeof sent = await data(['send', '--to', 'alice@example.test', '--to', 'bob@example.test']);
    const lines: { host: string; line: string }[] = await data(['logs', '--message', sent.traces[0]?.messageId ?? 'none']);
    expect(lines.map(({ line }) => line.match(/<=|=>|Completed|saved mail/)?.[0] ?? line).sort()).toEqual(['<=', '=>', 'Completed', 'saved mail']);
    expect(new Set(lines.map(({ host }) => host))).toEqual(new Set(['mx', 'store']));
    expect(await data(['logs', 'store', '--message', sent.traces[0]?.hops[0]?.queueId ?? 'none'])).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain(other.traces[0]?.messageId);
    expect(await on(['logs', '--message', 'nonesuch@example.test'])).toMatchObject({ status: 3, stderr: expect.stringContaining('NOT_FOUND') });
  });

  test('that is refused exits with 1 and shows the reply', async () => {
    const { status, stdout } = await on(['send', '--to', 'nobody@example.test']);
    expect(stdout).toMatch(/<~\* 550 .*|<\*\* 550 .*/);
    expect(status).toBe(1);
  });

  test('that waits stays in the queue, and `queue` says where and why', async () => {
    expect((await on(['send', '--user', 'alice', '--to', 'pat@slow.test'])).status).toBe(1);
    expect(await data(['queue', 'mx'])).toEqual([
      expect.objectContaining({ host: 'mx', recipients: [expect.objectContaining({ address: 'pat@slow.test', reason: expect.stringContaining('451') })] }),
    ]);
    expect(await data(['queue', 'store'])).toEqual([]);
  });

  test('that nobody has sent is not found', async () => {
    const { status, stderr } = await on(['trace', 'nonesuch@example.test']);
    expect(stderr).toMatch(/NOT_FOUND/);
    expect(status).toBe(3);
  });
});

describe('the clock', () => {
  test('goes forward for all hosts', async () => {
    const before = (await data(['clock'])).now;
    const after = (await data(['clock', 'advance', '1h', '30m'])).now;
    expect(after - before).toBeGreaterThanOrEqual(90 * 60_000);
    expect(after - before).toBeLessThan(91 * 60_000);
    const { output } = await data(['shell', 'mx', 'date +%s']);
    expect(Number(output) * 1000).toBeGreaterThanOrEqual(after - 1000);
  });

  test('is set apart for one host', async () => {
    expect(await data(['clock', 'advance', '-5m', '--host', 'store'])).toMatchObject({ skews: { store: -300_000 } });
  });

  test('does not go back for all', async () => {
    const { status, stderr } = await on(['clock', 'advance', '-5m']);
    expect(stderr).toContain('--host mx');
    expect(status).toBe(3);
  });
});

describe('a host', () => {
  test('runs a command, and its failure is the exit code', async () => {
    expect(await on(['shell', 'mx', 'exim4 -bP primary_hostname'])).toMatchObject({ status: 0, stdout: 'primary_hostname = mx.example.test\n' });
    expect((await on(['shell', 'mx', 'exit 3'])).status).toBe(1);
    expect((await on(['shell', 'mx', 'printf', '%s|', 'a  b', "it's", '$HOME'])).stdout).toBe("a  b|it's|$HOME|\n");
  });

  test('shows its log lines, and only those that were asked for', async () => {
    const lines: { host: string; line: string }[] = await data(['logs', 'mx', '--grep', 'daemon started']);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatchObject({ host: 'mx', line: expect.stringContaining('daemon started') });
  });

  test.each([
    ['shell', 'mxx', 'true'],
    ['logs', 'mxx'],
    ['queue', 'mxx'],
  ])('that is not there is said: %s %s', async (...args) => {
    const { status, stderr } = await on(args);
    expect(stderr).toMatch(/no host "mxx"/);
    expect(status).toBe(3);
  });
});

describe('the live page', () => {
  test('is served until Ctrl-C, at an address that is the same the next time', async () => {
    const urls: string[] = [];
    for (let time = 1; time <= 2; time++) {
      const page = project.start(['ui', '--on', instance, '--json', '--port', '0']);
      await page.says(/"url":/);
      const { url } = JSON.parse(page.said());
      urls.push(new URL(url).search);
      expect(await (await fetch(url)).text()).toContain('<title>starter/exim');
      page.child.kill('SIGINT');
      expect(await page.ended).toMatchObject({ status: 0, stderr: '' });
    }
    expect(urls[0]).toBe(urls[1]);
  });

  test('says that a port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { status, stderr } = await on(['ui', '--port', String(port)]);
    taken.close();
    expect(stderr).toBe(`mailproof: USAGE: port ${port} of 127.0.0.1 is taken\n  say another one, or none: --port N\n`);
    expect(status).toBe(3);
  });
});
