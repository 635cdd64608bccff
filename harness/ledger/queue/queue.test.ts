import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eximQueue } from './exim-queue.ts';
import { opensmtpdQueue } from './opensmtpd-queue.ts';
import { postfixQueue } from './postfix-queue.ts';
import { sendmailQueue } from './sendmail-queue.ts';

const read = (name: string): string => readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8');

describe('the queue of Exim', () => {
  const { now, messages } = eximQueue.parse(read('exim-queue.txt'));
  it('lists every message with its state and the recipients that are left and done', () => {
    expect(now).toBe(1_795_227_913_000);
    expect(messages.map((one) => [one.queueId, one.state, one.from])).toEqual([
      ['1xUalu-0000nZ-1O', 'waiting', 'ann@sender.test'],
      ['1xUalv-0000oK-2D', 'waiting', 'ann@sender.test'],
      ['1xUalw-0000oz-2A', 'frozen', ''],
      ['1xUaly-0000pm-1O', 'waiting', 'ann@sender.test'],
      ['1xUamA-0000ra-1Q', 'waiting', 'ann@sender.test'],
      ['1xUamG-0000sI-2c', 'frozen', ''],
    ]);
    expect(messages[0]?.recipients).toMatchObject([{ address: 'u@grey.out.test' }]);
  });
  it('takes the next try from the retry data of the recipient or the message', () => {
    expect(messages[1]?.nextTry).toBe(Date.UTC(2026, 10, 21, 2, 39, 11));
    expect(messages[3]?.nextTry).toBe(Date.UTC(2026, 10, 21, 2, 39, 14));
    expect(messages[2]?.nextTry).toBeUndefined();
  });
});

describe('the queue of an Exim that delivers by itself', () => {
  const { messages } = eximQueue.parse(read('exim-queue-local.txt'));
  it('takes the next try from the retry data of the folder, of the command with its arguments, and of the reply behind an alias', () => {
    expect(messages.map((one) => [one.recipients[0]?.address, one.nextTry])).toEqual([
      ['frank@example.test', Date.UTC(2026, 10, 25, 2, 56, 30)],
      ['nora@example.test', Date.UTC(2026, 10, 25, 2, 56, 33)],
      ['office@example.test', Date.UTC(2026, 10, 25, 2, 56, 37)],
    ]);
    expect(messages[1]?.recipients[0]?.reason).toBe('Permission denied');
  });
});

describe('the queue of an Exim whose directory is down', () => {
  const { messages } = eximQueue.parse(read('exim-queue-routing.txt'));
  it('takes no host for one that mail waits for which only a router deferred, though mail to that domain was tried there', () => {
    expect(messages.map((one) => [one.recipients[0]?.address, one.nextTry])).toEqual([
      ['karin@wikimedia.test', Date.UTC(2026, 10, 25, 4, 0, 16)],
      ['board@wikimedia.test', Date.UTC(2026, 10, 25, 3, 59, 17)],
    ]);
  });
});

describe('the queue of Postfix', () => {
  const { messages } = postfixQueue.parse(read('postfix-queue.txt'));
  it('lists every message with why it waits and when it is tried next', () => {
    const grey = messages.find((one) => one.recipients.some((recipient) => recipient.address === 'u@grey.out.test'));
    expect(grey).toMatchObject({ state: 'waiting', from: 'ann@sender.test', recipients: [{ reason: expect.stringContaining('451 4.7.1 greylisted') }] });
    expect(grey?.nextTry).toBeGreaterThan(1_795_227_000_000);
    expect(messages.filter((one) => one.state === 'held').length).toBe(2);
    expect(messages.find((one) => one.recipients[0]?.address === 'ann@luteijn.test')?.from).toBe('');
  });
});

describe('the queue of Sendmail', () => {
  const { now, messages } = sendmailQueue.parse(
    [
      '#now 1796051900',
      '#message\t6AUFI20B000260\twaiting\t1796053682\t<ann@sender.test>\talias database unavailable',
      '#to\t<alice@dept.test>',
      '#message\t6AUEsQHX000233\tactive\t0\t<>\t',
      '#to\t"|/etc/mail/smrsh/post seminar"',
      '#to\tbob@dept.test',
      '#message\t6AUEsQHX000999\theld\t0\tx@dept.test\tquarantined',
      '',
    ].join('\n'),
  );
  it('lists every message with why it waits, when it is tried next, and what is being delivered', () => {
    expect(now).toBe(1_796_051_900_000);
    expect(messages).toEqual([
      {
        queueId: '6AUFI20B000260',
        state: 'waiting',
        from: 'ann@sender.test',
        recipients: [{ address: 'alice@dept.test', reason: 'alias database unavailable' }],
        nextTry: 1_796_053_682_000,
      },
      { queueId: '6AUEsQHX000233', state: 'active', from: '', recipients: [{ address: '|/etc/mail/smrsh/post seminar' }, { address: 'bob@dept.test' }] },
      { queueId: '6AUEsQHX000999', state: 'held', from: 'x@dept.test', recipients: [] },
    ]);
  });
});

describe('the queue of OpenSMTPD', () => {
  const { now, messages } = opensmtpdQueue.parse(`#now 1796063436
1b4776cb8aeba6ff|local|mta|auth|@|ann@ipng.test|ann@ipng.test|1796063332|1796063332|1796063332|0|inflight|0|
81805e7be09490ab|local|mta|auth|ann@ipng.test|ann@slow.test|ann@slow.test|1796063325|1796063325|0|1|pending|315|451 4.3.0 later
81805e7b1ab5ee97|local|mta|auth|ann@ipng.test|ann@bad.test|bob@bad.test|1796063325|1796063325|0|1|pending|300|Network error on destination MXs
`);
  it('has a message for all its envelopes, with the time of the next try, and knows which is being delivered', () => {
    expect(now).toBe(1_796_063_436_000);
    expect(messages.map((one) => [one.queueId, one.state, one.from, one.nextTry])).toEqual([
      ['1b4776cb', 'active', '', undefined],
      ['81805e7b', 'waiting', 'ann@ipng.test', 1_796_063_736_000],
    ]);
    expect(messages[1]?.recipients.map((one) => [one.address, one.reason])).toEqual([
      ['ann@slow.test', '451 4.3.0 later'],
      ['bob@bad.test', 'Network error on destination MXs'],
    ]);
  });
});
