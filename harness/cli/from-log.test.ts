import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Project, type Said } from './testing.ts';

// Each step is a command of its own, on real servers.
vi.setConfig({ testTimeout: 180_000 });

/**
 * The log of one world is another one's production:
 *
 *   people -> mx (Exim, or Postfix) -> store        its log is read, and sent again to   mx (Exim, or Postfix) -> store
 *               mx                  -> hosted.test
 */
const LOGS = { exim: '/var/log/exim4/mainlog', postfix: '/var/log/mail.log' };
type Variant = keyof typeof LOGS;

const SENT = [
  ['send', '--from', 'ann@sender.test', '--to', 'alice@example.test'],
  ['send', '--from', 'ann@sender.test', '--to', 'nobody@example.test', '--to', 'bob@example.test'],
  ['send', '--from', 'ben@sender.test', '--to', 'sales@example.test', '--tls', 'never'],
  ['send', '--from', '<>', '--to', 'team@example.test', '--client', '2001:db8:66::77'],
  ['send', '--from', 'ann@sender.test', '--to', 'x@hosted.test'],
  ['send', '--from', 'ann@sender.test', '--to', 'carol@example.test', '--client', '198.51.100.66'],
  ['outside', 'hosted.test', 'reply: "550 5.1.1 nobody here", at: rcpt, to: "gone@*"'],
  ['send', '--user', 'alice', '--to', 'gone@hosted.test', '--to', 'pat@slow.test'],
];

const project = new Project({});
let instance = '';
const on = (...args: string[]): Promise<Said> => project.run([...args, '--on', instance]);

interface Compared {
  recipient: string;
  verdict: string;
  production: { is: string }[];
}
interface Told {
  lines: { all: number; other: number };
  messages: { id: string; from: string; recipients: Compared[] }[];
  leftOut: { id: string; why: string }[];
  remarks: string[];
  differing: number;
}
async function told(...args: string[]): Promise<Told & { status: number | null; stderr: string }> {
  const { status, stdout, stderr } = await on('from-log', ...args, '--json');
  expect(stdout, stderr).not.toBe('');
  return { ...JSON.parse(stdout), status, stderr };
}
const verdicts = ({ messages }: Told): string[] => messages.flatMap(({ recipients }) => recipients.map(({ recipient, verdict }) => `${recipient} ${verdict}`)).sort();

async function up(variant: Variant): Promise<void> {
  await down();
  const { stdout, stderr, status } = await project.run(['up', 'starter', '--variant', variant, '--json']);
  expect(status, stderr).toBe(0);
  instance = JSON.parse(stdout).instance;
}
async function down(): Promise<void> {
  if (instance !== '') expect((await project.run(['down', instance])).status).toBe(0);
  instance = '';
}
/** What a production system would have to show. */
async function produce(variant: Variant): Promise<void> {
  for (const args of SENT) {
    const { status, stderr } = await on(...args);
    expect(status, `${args.join(' ')}: ${stderr}`).toBeLessThanOrEqual(args[0] === 'send' ? 1 : 0);
  }
  const { stdout } = await on('shell', 'mx', `cat ${LOGS[variant]}`);
  project.write(`${variant}.log`, stdout);
}

afterAll(async () => {
  await down();
  project.remove();
}, 60_000);

const EVERYBODY = [
  'alice@example.test same',
  'bob@example.test same',
  'carol@example.test same',
  'gone@hosted.test same',
  'nobody@example.test same',
  'pat@slow.test same',
  'sales@example.test same',
  'team@example.test same',
  'x@hosted.test same',
];

describe.each([
  { here: 'exim', logs: ['exim'] },
  { here: 'postfix', logs: ['exim', 'postfix'] },
  { here: 'exim', logs: ['postfix'] },
] as const)('on $here', ({ here, logs }) => {
  beforeAll(async () => {
    await up(here);
    if (logs.some((log) => log === here)) await produce(here);
  }, 300_000);

  test.each(logs)('the messages of the log of %s end as they did there', async (log) => {
    const replay = await told(`${log}.log`);
    expect(verdicts(replay), replay.stderr).toEqual(EVERYBODY);
    expect(replay.leftOut).toEqual([]);
    expect(replay.status).toBe(0);
    // Both logs have what their parser must not have to guess.
    expect(replay.remarks.some((remark) => remark.includes('does not say HELO'))).toBe(log === 'postfix');
    const ends = replay.messages.flatMap(({ recipients }) => recipients.flatMap(({ production }) => production.map(({ is }) => is)));
    expect(new Set(ends)).toEqual(new Set(['delivered', 'refused', 'failed', 'deferred']));
  });
});

describe('a log that does not fit', () => {
  const log = (): string => project.read('postfix.log');

  test('in one outcome ends with 2, and both sides are told', async () => {
    project.write('other.log', log().replaceAll('nobody@example.test', 'dave@example.test'));
    const { status, stdout } = await on('from-log', 'other.log');
    expect(stdout).toMatch(/dave@example\.test +DIFFERS +refused at rcpt +handed to store/);
    expect(stdout).toMatch(/production {2}refused at rcpt: 550 5\.1\.1/);
    expect(stdout).toMatch(/here {8}handed to store: 250 2\.0\.0/);
    expect(stdout).toContain('1 otherwise');
    expect(status).toBe(2);
  });

  test('in its names is mapped, and domains that nobody knows are made', async () => {
    project.write('renamed.log', log().replaceAll('example.test', 'old.example').replaceAll('sender.test', 'elsewhere.example').replaceAll('198.51.100.66', '203.0.113.10'));
    project.write('map', 'old.example=example.test   # ours\n\n203.0.113.0/24=198.51.100.66\nnever.example=example.test\n');
    const replay = await told('renamed.log', '--map-file', 'map');
    expect(verdicts(replay), replay.stderr).toEqual(EVERYBODY);
    expect(replay.stderr).toMatch(/made outside.*elsewhere\.example/);
    expect(replay.stderr).toContain('nothing in the log is called never.example');
    const unmapped = await told('renamed.log', '--map', 'old.example=example.test');
    expect(unmapped.leftOut).toEqual([expect.objectContaining({ why: expect.stringContaining('which is host mx here: --map 203.0.113.10=ADDRESS') })]);
  });

  test('in whom it names is read with made-up names, the same for the same address', async () => {
    const first = await told('postfix.log', '--pseudonymise');
    const second = await told('postfix.log', '--pseudonymise');
    expect(verdicts(first).filter((line) => line.endsWith('same'))).toHaveLength(EVERYBODY.length);
    expect(verdicts(second)).toEqual(verdicts(first));
    expect(JSON.stringify(first)).not.toMatch(/ann@sender|ben@sender|pat@slow|gone@hosted/);
    const froms = new Set(first.messages.map(({ from }) => from));
    expect([...froms].filter((from) => /^p[0-9a-f]{10}@sender\.test$/.test(from))).toHaveLength(2);
  });

  test('in its length is said: what began before it, what ends after it, and lines of others', async () => {
    const lines = log().split('\n');
    const arrival = lines.findIndex((line) => /client=/.test(line));
    const id = /: (\w+): client=/.exec(lines[arrival] ?? '')?.[1] ?? 'none';
    project.write('late.log', ['Nov 21 01:58:33 mx CRON[12]: (root) CMD (true)', 'a line of nobody', ...lines.slice(arrival + 1)].join('\n'));
    const replay = await told('late.log');
    expect(replay.lines.other).toBe(2);
    expect(replay.leftOut).toEqual([{ id, why: 'incomplete: the line of its arrival is not in the log' }]);
    const end = lines.findIndex((line) => line.includes(`${id}: to=`));
    project.write('early.log', lines.slice(0, end).join('\n'));
    expect((await told('early.log')).leftOut).toEqual([{ id, why: 'incomplete: the log does not name its recipients' }]);
  });

  test.each([
    [['from-log'], 'takes a log of Exim or Postfix'],
    [['from-log', 'none.log'], 'cannot read none.log'],
    [['from-log', 'map'], 'none of the 3 lines is of Exim or Postfix'],
    [['from-log', 'postfix.log', '--map', 'old.example'], '--map takes OLD=NEW, got "old.example"'],
    [['from-log', 'postfix.log', '--map', 'old.example=10.0.0.1'], '--map takes OLD=NEW'],
    [['from-log', 'postfix.log', '--server', 'mxx'], 'no host "mxx"'],
  ])('in nothing is an error: %s', async (args, said) => {
    const { status, stderr } = await on(...args);
    expect(stderr).toContain(said);
    expect(status).toBe(3);
  });
});
