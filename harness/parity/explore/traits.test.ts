import { describe, expect, it } from 'vitest';
import type { Comparison } from '../model.ts';
import { MATERIAL } from './testdata.ts';
import { explains, nameOf, traitsOf } from './traits.ts';

function different(subject: string, field: string, reference: string, candidate: string): Comparison {
  return { subject, field, reference, candidate, class: 'different', rules: [] };
}
const namesOf = (...comparisons: Comparison[]): string[] => traitsOf({ comparisons }, MATERIAL).map(nameOf);

describe('the ways in which a case differs', () => {
  it('are named by command, field, values and kind of address', () => {
    expect(namesOf(different('step 1: reply to RCPT TO:<bob+x@example.test>', 'code', '250', '550'))).toEqual([
      'reply to RCPT TO, code: 250 -> 550 (known with +suffix at example.test)',
    ]);
    expect(namesOf(different('step 2: mail to info@example.test', 'place', 'store:alice/INBOX', 'store:bob/INBOX'))).toEqual(['mail, place (alias at example.test)']);
  });

  it('are the same for two addresses of a kind', () => {
    expect(namesOf(different('step 2: mail to alice@example.test', 'flags', 'a', 'b'), different('step 2: mail to bob@example.test (2)', 'flags (2)', 'c', 'd'))).toEqual([
      'mail, flags (account at example.test)',
    ]);
  });

  it('leave out what follows from a command that is answered otherwise', () => {
    const later = [different('step 1: reply to RCPT TO:<bob@example.test>', 'code', '503', '250'), different('step 2: mail to bob@example.test', 'end', 'refused', 'delivered')];
    expect(namesOf(...later, different('step 1: reply to MAIL FROM:<.x@sender.test>', 'code', '501', '250'))).toEqual([
      'reply to MAIL FROM, code: 501 -> 250 (odd dots at outside)',
    ]);
    expect(namesOf(...later, different('step 1: reply to DATA', 'code', '503', '354'))).toEqual(['reply to RCPT TO, code: 503 -> 250 (account at example.test)']);
  });

  it('keep what another recipient differs in', () => {
    const other = different('step 2: mail to info@example.test', 'place', 'a', 'b');
    expect(namesOf(different('step 1: reply to RCPT TO:<bob@example.test>', 'code', '550', '250'), other)).toContain('mail, place (alias at example.test)');
  });

  it('are not those that are accepted, equivalent or noise', () => {
    const one = different('step 2: mail to bob@example.test', 'end', 'refused', 'delivered');
    for (const other of ['accepted', 'equivalent', 'indeterminate'] as const) expect(namesOf({ ...one, class: other })).toEqual([]);
  });
});

describe('a cause', () => {
  const trait = { what: 'mail, flags', kind: 'account at example.test' };
  const plain = { from: 'ann@sender.test', to: ['alice@example.test'] };

  it('that needs nothing in particular explains the same difference anywhere', () => {
    expect(explains({ smallest: plain, traits: [trait] }, { ...plain, client: '10.20.0.50' }, { ...trait, kind: 'alias at example.test' }, MATERIAL)).toBe(true);
    expect(explains({ smallest: plain, traits: [trait] }, plain, { ...trait, what: 'mail, place' }, MATERIAL)).toBe(false);
  });

  it('that needs a client explains nothing without it', () => {
    const smallest = { ...plain, client: '10.20.0.50' };
    expect(explains({ smallest, traits: [trait] }, plain, trait, MATERIAL)).toBe(false);
    expect(explains({ smallest, traits: [trait] }, { ...smallest, helo: 'x' }, trait, MATERIAL)).toBe(true);
  });

  it('that needs a kind of recipient explains nothing of another kind', () => {
    const quoted = { what: 'mail, flags', kind: 'quoted blank at example.test' };
    const smallest = { ...plain, to: ['"a b"@example.test'] };
    expect(explains({ smallest, traits: [quoted] }, { ...plain, to: ['"c d"@example.test'] }, quoted, MATERIAL)).toBe(true);
    expect(explains({ smallest, traits: [quoted] }, plain, trait, MATERIAL)).toBe(false);
  });

  it('that needs a header field explains messages that have it', () => {
    const message = { headers: [['Bcc', 'x@hosted.test']] as const, body: '' };
    const cause = { smallest: { ...plain, message }, traits: [trait] };
    expect(explains(cause, { ...plain, message: { headers: [...message.headers, ['X-More', 'y'] as const], body: 'z' } }, trait, MATERIAL)).toBe(true);
    expect(explains(cause, plain, trait, MATERIAL)).toBe(false);
  });
});
