import { expect, it } from 'vitest';
import { worldTime } from '../base/index.ts';
import { Ledger } from './ledger.ts';

it('a message whose arrival was never logged is known by what the store has of it', () => {
  const ledger = new Ledger({
    hosts: [
      { name: 'mx', software: ['exim'], addresses: ['203.0.113.10'] },
      { name: 'store', software: ['dovecot'], addresses: ['10.20.0.20'] },
    ],
    parties: [],
  });
  const lines: [string, string, string][] = [
    ['store', 'syslog', 'dovecot: lmtp(alice)<102><wOvhHI9uBmtmAAAA1odl2w>: msgid=<16@sender.test>: saved mail to INBOX'],
    [
      'mx',
      '/var/log/exim4/mainlog',
      '2026-11-25 05:13:52 1xW5KJ-00004J-0p => alice@example.test F=<ann@sender.test> P=<ann@sender.test> R=accounts T=store_lmtp H=store.example.test [10.20.0.20]:24 K C="250 2.0.0 <alice@example.test> wOvhHI9uBmtmAAAA1odl2w Saved" DT=0s',
    ],
    ['mx', '/var/log/exim4/mainlog', '2026-11-25 05:13:53 1xW5KJ-00004J-0p Completed QT=1s'],
  ];
  for (const [index, [host, source, line]] of lines.entries()) ledger.apply({ seq: index + 1, at: worldTime(1000 + index), type: 'log', host, source, line });
  expect(ledger.book.withMessageId('16@sender.test')).toEqual([]);
  ledger.nameByNextHop('mx');
  expect(ledger.book.withMessageId('16@sender.test')).toEqual([
    expect.objectContaining({ accepted: true, custody: expect.objectContaining({ id: 'mx/1xW5KJ-00004J-0p', host: 'mx', completed: true }) }),
  ]);
});
