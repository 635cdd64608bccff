import { expect, test } from 'vitest';
import { outsidePartySchema, toOutsideParty } from '../../world/index.ts';
import { behaviourOf, textOfBehaviour } from './behaviour-text.ts';

test.each([
  'enforce spf',
  'enforce dmarc',
  'no starttls',
  'reply: "451 4.3.0 it\'s later, \\"x\\"", at: rcpt, times: 2, to: "x@*", from: "<>"',
  'drop: after-dot, times: 1',
  'silent: connect',
  'greylist: 5m',
  'certificate: expired',
  'slow: 200ms',
  'knows: ["ann","bob"]',
  'size: 1048576',
])('%s is told as it is read', (text) => {
  const [behaviour] = toOutsideParty('x.test', outsidePartySchema.parse({ behaves: [behaviourOf(text)] })).behaviours;
  expect(behaviour && textOfBehaviour(behaviour)).toBe(text);
});
