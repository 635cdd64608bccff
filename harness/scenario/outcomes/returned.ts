import { z } from 'zod';
import { literalPattern, matchesAddress, patternSchema, showPattern } from '../pattern.ts';
import { Comparison, compareMessage, outcomeKind } from './outcome.ts';

const kindSchema = z.enum(['bounce', 'delay', 'success']);

const schema = z.strictObject({
  to: patternSchema.optional().describe('the recipient that the notification is about'),
  at: patternSchema.optional().describe('outside domain where it arrived; the address of the sender unless told'),
  mailbox: patternSchema.optional().describe('user whose mailbox it arrived in'),
  status: patternSchema.optional(),
  action: patternSchema.optional(),
  diagnostic: patternSchema.optional(),
  original: z.enum(['full', 'headers', 'none']).optional().describe('what of the original came back'),
  kind: kindSchema.optional().describe('bounce unless told'),
  message: z.union([z.string(), z.int().positive()]).optional().describe('label, or the how-manyeth sent'),
  count: z.int().positive().optional(),
});

export const returned = outcomeKind({
  kind: 'returned',
  schema,
  example: { to: 'nobody@hosted.test', at: 'sender.test', status: '5.1.1', action: 'failed', original: 'headers' },
  count: (expected) => expected.count ?? 1,
  compare: (expected, actual) => {
    const c = new Comparison();
    const { observed, recipient, dsn, carrier } = actual;
    const { place } = carrier.ledger;
    c.address('to', expected.to, recipient.recipient);
    c.same('kind', expected.kind ?? 'bounce', observed.message);
    if (expected.mailbox !== undefined) {
      if ('mailbox' in place) c.text('mailbox', expected.mailbox, carrier.observed.place.replace(/^.*:(.*)\/.*$/, '$1'));
      else c.add('mailbox', showPattern(expected.mailbox), carrier.observed.place);
    }
    if (expected.at !== undefined) {
      if ('outside' in place) c.text('at', expected.at, place.outside.party);
      else c.add('at', showPattern(expected.at), carrier.observed.place);
    }
    if (expected.at === undefined && expected.mailbox === undefined && actual.sent !== undefined) c.address('arrived for', literal(actual.sent.from), carrier.observed.to);
    c.text('status', expected.status, recipient.status);
    c.text('action', expected.action, recipient.action);
    c.text('diagnostic', expected.diagnostic, recipient.diagnostic);
    c.same('original', expected.original, dsn.returned);
    compareMessage(c, expected.message, actual);
    return c.differences;
  },
  describe: ({ observed, recipient, carrier }) =>
    `${observed.message === 'delay' ? 'delay notice' : observed.message === 'success' ? 'success notice' : 'returned'} for ${recipient.recipient} (${recipient.action} ${recipient.status}${recipient.diagnostic === undefined ? '' : `, ${recipient.diagnostic}`}), arrived for ${carrier.observed.to} in ${carrier.observed.place}`,
  item: ({ observed, recipient, dsn, carrier, sent }) => {
    const { place } = carrier.ledger;
    const isAwaited = sent !== undefined && matchesAddress(literal(sent.from), carrier.observed.to);
    return {
      value: {
        to: literalPattern(recipient.recipient),
        ...('mailbox' in place ? { mailbox: literalPattern(carrier.observed.place.replace(/^.*:(.*)\/.*$/, '$1')) } : {}),
        ...('outside' in place && !isAwaited ? { at: place.outside.party } : {}),
        ...(observed.message === 'bounce' ? {} : { kind: kindSchema.parse(observed.message) }),
        status: recipient.status,
        original: dsn.returned,
      },
      ...(recipient.diagnostic === undefined ? {} : { remark: recipient.diagnostic }),
    };
  },
});

/** An address as a pattern of itself: `*` and `?` may stand in a local part. */
function literal(address: string): string {
  return `/^${address.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}$/i`;
}
