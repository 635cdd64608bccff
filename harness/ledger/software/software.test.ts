import { describe, expect, it } from 'vitest';
import { PARSERS, parseLine } from './index.ts';

for (const parser of PARSERS) {
  describe(`the table of ${parser.name}`, () => {
    const examples = parser.rules.flatMap((rule) => [rule.example, ...(rule.more ?? [])].map((line) => [rule.name, line, rule] as const));
    it.each(examples)('reads its own example of %s by that row: %s', (_name, line, rule) => {
      const { software, parsed } = parseLine({ source: parser.exampleSource, line });
      expect(software).toBe(parser.name);
      expect(parsed).toMatchObject({ result: 'events', rule: rule.name });
    });
  });
}

describe('a delivery of Exim over a connection that was used before', () => {
  it('names the next hop and its reply as any other', () => {
    const line =
      '2026-11-21 03:25:07 1xUb6A-000015-2g => alice@example.test R=accounts T=store_lmtp H=store.example.test [10.20.0.20]:24* K C="250 2.0.0 <alice@example.test> 0icTFRMPAWtXAAAA1odl2w:T3 Saved" DT=0s';
    expect(parseLine({ source: '/var/log/exim4/mainlog', line }).parsed).toMatchObject({
      events: [
        {
          kind: 'delivered',
          next: { name: 'store.example.test', address: '10.20.0.20', port: 24 },
          reply: '250 2.0.0 <alice@example.test> 0icTFRMPAWtXAAAA1odl2w:T3 Saved',
        },
      ],
    });
  });
});

describe('an arrival at Exim from a quoted local part', () => {
  it('has the whole of it as its sender, blanks too', () => {
    const line = '2026-11-21 01:58:33 1xUaN7-00000e-2e <= "e f"@sender.test H=client.sender.test [198.51.100.77] P=esmtp S=497 id=1@sender.test';
    expect(parseLine({ source: '/var/log/exim4/mainlog', line }).parsed).toMatchObject({ events: [{ kind: 'accepted', from: '"e f"@sender.test', messageId: '1@sender.test' }] });
  });
});
