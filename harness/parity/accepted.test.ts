import { describe, expect, it } from 'vitest';
import { accepts, parseAccepted } from './accepted.ts';

const ENTRY = 'id: A-01, reason: why, owner: postmaster, ticket: T-1, created: 2026-01-01, expires: 2026-12-31';

describe('accepted.yaml', () => {
  it('is a list of differences, each with who answers for it and until when', () => {
    const [acceptance] = parseAccepted('accepted.yaml', `- { ${ENTRY}, matches: { scenario: "Relay*", field: enhanced, candidate: "5.7.*" } }\n`);
    expect(acceptance).toMatchObject({ id: 'A-01', owner: 'postmaster', expires: '2026-12-31' });
    if (acceptance === undefined) return;
    const difference = { subject: 'step 1: reply to rcpt', field: 'enhanced', reference: '5.1.1', candidate: '5.7.1' };
    expect(accepts(acceptance, 'Relay matrix', difference)).toBe(true);
    expect(accepts(acceptance, 'Another', difference)).toBe(false);
    expect(accepts(acceptance, 'Relay matrix', { ...difference, candidate: '5.5.0' })).toBe(false);
    expect(accepts(acceptance, 'Relay matrix', { ...difference, field: 'code' })).toBe(false);
  });

  it('may be empty', () => {
    expect(parseAccepted('accepted.yaml', '# nothing yet\n')).toEqual([]);
    expect(parseAccepted('accepted.yaml', '[]\n')).toEqual([]);
  });

  it.each([
    ['an entry that accepts everything', `- { ${ENTRY}, matches: { between: [exim, postfix] } }`, /accepts everything/],
    ['a missing owner', '- { id: A, matches: { field: code }, reason: r, ticket: t, created: 2026-01-01, expires: 2026-12-31 }', /"owner" is missing/],
    ['a day that is none', `- { ${ENTRY.replace('2026-12-31', 'soon')}, matches: { field: code } }`, /"expires"/],
    ['an end before the beginning', `- { ${ENTRY.replace('2026-12-31', '2025-12-31')}, matches: { field: code } }`, /expires before it was created/],
    ['an identifier that is there twice', `- { ${ENTRY}, matches: { field: code } }\n- { ${ENTRY}, matches: { field: text } }`, /A-01 is there twice/],
    ['a word that is not known', `- { ${ENTRY}, matches: { feld: code } }`, /did you mean "field"/],
  ])('refuses %s', (_what, text, message) => {
    expect(() => parseAccepted('accepted.yaml', `${text}\n`)).toThrow(message);
  });
});
