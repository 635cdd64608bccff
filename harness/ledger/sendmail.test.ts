import { describe, expect, it } from 'vitest';
import { envelopeAddress, worldTime } from '../base/index.ts';
import type { Receipt } from '../internet/index.ts';
import { Ledger } from './ledger.ts';
import { inOneLine } from './testdata/recording.ts';

/** Lines of Sendmail 8.17 as they came; `crunchie` gives a list's mail to a program, which gives it back. */
const TAKEN = 'sm-mta[229]: 6AUEsPVW000229: from=<alice@dept.test>, size=75, class=0, nrcpts=4, msgid=<m1@x.test>, proto=ESMTP, daemon=MTA, relay=ws1.dept.test [10.40.0.50]';
const LIST = [
  TAKEN,
  'sm-mta[230]: 6AUEsPVW000229: alias <dora@dept.test> => dora@staff.uni.test, dora@hosted.test',
  'sm-mta[230]: 6AUEsPVW000229: alias <seminar@dept.test> => "|/etc/mail/smrsh/post seminar"',
  'sm-mta[230]: 6AUEsPVW000229: alias <operators@dept.test> => helpers, keeper',
  'sm-mta[230]: 6AUEsPVW000229: alias helpers => alice@staff.uni.test',
  'sendmail[233]: 6AUEsQHX000233: from=seminar-bounces@dept.test, size=372, class=-30, nrcpts=1, msgid=<m1@x.test>, relay=mail@localhost',
  'sm-mta[235]: 6AUEsQ6L000235: from=<seminar-bounces@dept.test>, size=604, class=-30, nrcpts=1, msgid=<m1@x.test>, proto=ESMTP, daemon=MTA, relay=localhost [127.0.0.1]',
  'sm-mta[236]: 6AUEsQ6L000235: alias <vera@dept.test> => vera@hosted.test',
  'sendmail[233]: 6AUEsQHX000233: to=vera@dept.test, ctladdr=seminar-bounces@dept.test (8/8), delay=00:00:00, xdelay=00:00:00, mailer=relay, pri=144372, relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (6AUEsQ6L000235 Message accepted for delivery)',
  'sendmail[233]: 6AUEsQHX000233: done; delay=00:00:00, ntries=1',
  'sm-mta[230]: 6AUEsPVW000229: to="|/etc/mail/smrsh/post seminar", ctladdr=<seminar@dept.test> (8/0), delay=00:00:01, xdelay=00:00:01, mailer=prog, pri=150301, dsn=2.0.0, stat=Sent',
  'sm-mta[236]: 6AUEsQ6L000235: to=vera@hosted.test, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=144789, relay=mx.hosted.test. [198.51.100.9], dsn=2.0.0, stat=Sent (Ok: queued as R1)',
  'sm-mta[236]: 6AUEsQ6L000235: done; delay=00:00:01, ntries=1',
  'sm-mta[230]: 6AUEsPVW000229: to=keeper, delay=00:00:02, xdelay=00:00:01, mailer=local, pri=150301, dsn=2.0.0, stat=Sent',
  'sm-mta[230]: 6AUEsPVW000229: to=dora@hosted.test, delay=00:00:03, xdelay=00:00:01, mailer=esmtp, pri=150301, relay=mx.hosted.test. [198.51.100.9], dsn=2.0.0, stat=Sent (Ok: queued as R2)',
  'sm-mta[230]: 6AUEsPVW000229: to=dora@staff.uni.test,alice@staff.uni.test, delay=00:00:03, xdelay=00:00:00, mailer=esmtp, pri=150301, relay=mx.hosted.test. [198.51.100.9], dsn=2.0.0, stat=Sent (Ok: queued as R3)',
  'sm-mta[230]: 6AUEsPVW000229: done; delay=00:00:03, ntries=1',
];

const AUTH: Receipt['auth'] = { spf: { result: 'none', domain: '' }, dkim: [], dmarc: { result: 'none', policy: 'none', domain: '' }, arc: { result: 'none' } };

interface Taken {
  lines: readonly string[];
  receipts?: readonly { id: string; to: string[] }[];
  to: string[];
  queueId: string;
}

function ledgerOf({ lines, receipts = [], to, queueId }: Taken): Ledger {
  const ledger = new Ledger({ hosts: [{ name: 'crunchie', software: ['sendmail'], addresses: ['203.0.113.10'] }], parties: ['hosted.test'] });
  const at = (seq: number) => ({ seq, at: worldTime(1000 + seq) });
  lines.forEach((line, index) => void ledger.apply({ ...at(index + 1), type: 'log', host: 'crunchie', source: 'syslog', line }));
  receipts.forEach(({ id, to: recipients }, index) => {
    const receipt = {
      id,
      party: 'hosted.test',
      exchanger: 'mx.hosted.test',
      client: '203.0.113.10',
      helo: 'crunchie.dept.test',
      from: envelopeAddress('alice@dept.test'),
      to: recipients.map(envelopeAddress),
      bytes: 75,
      messageId: 'm1@x.test',
      local: '198.51.100.9',
      tls: false as const,
      parameters: [],
      auth: AUTH,
      reply: `250 2.0.0 Ok: queued as ${id}`,
      replySent: true,
    };
    ledger.apply({ ...at(lines.length + index + 1), type: 'receipt', receipt });
  });
  ledger.addRoot({
    id: 'root',
    host: 'crunchie',
    reply: `250 2.0.0 ${queueId} Message accepted for delivery`,
    from: envelopeAddress('alice@dept.test'),
    to: to.map(envelopeAddress),
  });
  return ledger;
}

const RECEIPTS = [
  { id: 'R1', to: ['vera@hosted.test'] },
  { id: 'R2', to: ['dora@hosted.test'] },
  { id: 'R3', to: ['dora@staff.uni.test', 'alice@staff.uni.test'] },
];
const OF_LIST = { lines: LIST, receipts: RECEIPTS, to: ['dora@dept.test', 'seminar@dept.test', 'operators@dept.test'], queueId: '6AUEsPVW000229' };

describe('the ledger of a host that runs Sendmail', () => {
  it('follows aliases of aliases, a program that gives the message back, and what became of that', () => {
    const ledger = ledgerOf(OF_LIST);
    expect(ledger.unparsed()).toEqual([]);
    expect(ledger.look(['root']).met).toBe(true);
    expect(ledger.outcomes(['root']).map(inOneLine).sort()).toMatchInlineSnapshot(`
      [
        "delivered mail dora@dept.test -> dora@hosted.test at hosted.test by crunchie > hosted.test",
        "delivered mail dora@dept.test -> dora@staff.uni.test at hosted.test by crunchie > hosted.test",
        "delivered mail operators@dept.test -> alice@staff.uni.test at hosted.test by crunchie > hosted.test",
        "delivered mail operators@dept.test -> keeper at local by crunchie",
        "delivered mail seminar@dept.test -> seminar@dept.test at |/etc/mail/smrsh/post seminar by crunchie",
        "delivered mail vera@dept.test -> vera@hosted.test at hosted.test by crunchie > hosted.test",
      ]
    `);
    expect(ledger.violations(['root'])).toEqual([]);
  });

  it('does not take for the same message what a user of the host sent when the program was over', () => {
    const late = LIST.filter((line) => !/6AUEsQ/.test(line)).concat(LIST.filter((line) => /6AUEsQ/.test(line)));
    const outcomes = ledgerOf({ ...OF_LIST, lines: late })
      .outcomes(['root'])
      .map(inOneLine);
    expect(outcomes.some((one) => one.includes('vera@hosted.test'))).toBe(false);
    expect(outcomes.some((one) => one.includes('post seminar'))).toBe(true);
  });

  it('ties a notice to the message that it reports on, and the postmaster copy of a notice to no sender', () => {
    const ledger = ledgerOf({
      lines: [
        'sm-mta[238]: 6AUEsRfF000238: from=<alice@dept.test>, size=75, class=0, nrcpts=1, msgid=<m2@x.test>, proto=ESMTP, daemon=MTA, relay=ws1.dept.test [10.40.0.50]',
        'sm-mta[240]: 6AUEsRfF000238: to=<nosuch@staff.uni.test>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=60075, relay=staff.uni.test. [192.0.2.30], dsn=5.1.1, reply=550 5.1.1 <nosuch@staff.uni.test>: no such user, stat=User unknown',
        'sm-mta[240]: 6AUEsRfF000238: 6AUEsSfF000240: DSN: User unknown',
        'sm-mta[240]: 6AUEsSfF000240: to=gone@dept.test, delay=00:00:00, xdelay=00:00:00, mailer=local, pri=31099, dsn=5.1.1, stat=User unknown',
        'sm-mta[240]: 6AUEsSfF000240: 6AUEsTfF000240: return to sender: User unknown',
        'sm-mta[240]: 6AUEsTfF000240: to=keeper, delay=00:00:00, xdelay=00:00:00, mailer=local, pri=31099, dsn=2.0.0, stat=Sent',
        'sm-mta[240]: 6AUEsTfF000240: done; delay=00:00:00, ntries=1',
        'sm-mta[240]: 6AUEsSfF000240: done; delay=00:00:00, ntries=1',
        'sm-mta[240]: 6AUEsRfF000238: done; delay=00:00:01, ntries=1',
      ],
      to: ['nosuch@staff.uni.test'],
      queueId: '6AUEsRfF000238',
    });
    expect(ledger.look(['root']).met).toBe(true);
    expect(ledger.outcomes(['root']).map(inOneLine).sort()).toMatchInlineSnapshot(`
      [
        "delivered auto keeper -> keeper at local by crunchie",
        "failed bounce gone@dept.test -> gone@dept.test by crunchie untold",
        "failed mail nosuch@staff.uni.test -> nosuch@staff.uni.test by crunchie",
      ]
    `);
    expect(ledger.violations(['root']).map((one) => one.code)).toEqual([]);
  });

  it('takes a receipt for told whose recipient the log names as it was before rewriting, and no second one', () => {
    const lines = [
      'sm-mta[205]: 6AUEsUYa000205: from=<ann@sender.test>, size=74, class=0, nrcpts=1, msgid=<m1@x.test>, proto=ESMTP, daemon=MTA, relay=relay1.uni.test [192.0.2.11]',
      'sm-mta[207]: 6AUEsUYa000205: to=<sales@legacy.test>, delay=00:00:00, xdelay=00:00:00, mailer=esmtp, pri=60074, relay=mx.hosted.test. [198.51.100.9], dsn=2.0.0, stat=Sent (Ok: queued as R5)',
      'sm-mta[207]: 6AUEsUYa000205: done; delay=00:00:00, ntries=1',
    ];
    const with_ = (to: string[]) => ledgerOf({ lines, receipts: [{ id: 'R5', to }], to: ['sales@legacy.test'], queueId: '6AUEsUYa000205' }).violations(['root']);
    expect(with_(['vera@hosted.test'])).toEqual([]);
    expect(with_(['vera@hosted.test', 'eve@hosted.test'])).toMatchObject([{ code: 'truth', message: expect.stringContaining('eve@hosted.test') }]);
  });

  it('says that a message waits, and why, until the line of the next try', () => {
    const lines = [
      'sm-mta[225]: 6AUF241g000225: from=<ann@sender.test>, size=564, class=0, nrcpts=1, msgid=<m3@x.test>, proto=ESMTP, daemon=MTA, relay=relay1.uni.test [192.0.2.11]',
      'sm-mta[226]: 6AUF241g000225: alias <alice@dept.test> => alice@staff.uni.test',
      'sm-mta[226]: 6AUF241g000225: to=alice@staff.uni.test, delay=00:00:00, xdelay=00:00:00, mailer=esmtp, pri=30775, relay=staff.uni.test. [192.0.2.30], dsn=4.4.1, stat=Deferred: staff.uni.test.: No route to host',
    ];
    expect(ledgerOf({ lines, to: ['alice@dept.test'], queueId: '6AUF241g000225' }).outcomes(['root'])).toMatchObject([
      { kind: 'queued', to: 'alice@staff.uni.test', original: 'alice@dept.test', reason: 'Deferred: staff.uni.test.: No route to host' },
    ]);
  });

  it('asks the queue whether a message is done where the log does not say so', () => {
    const ledger = ledgerOf({ ...OF_LIST, lines: LIST.filter((line) => !line.includes(': done; ')) });
    expect(ledger.look(['root'])).toEqual({ met: false, missing: expect.stringContaining('crunchie has not said yet whether the message is done') });
    expect(ledger.overdue(['root']).map(({ host, entry }) => `${host} ${entry.custody.queueId}`)).toContain('crunchie 6AUEsPVW000229');
    expect(ledgerOf(OF_LIST).overdue(['root'])).toEqual([]);
  });
});
