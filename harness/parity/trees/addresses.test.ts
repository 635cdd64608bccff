import { describe, expect, it } from 'vitest';
import type { ObservedOutcome, ObservedReply } from '../../scenario/index.ts';
import { compareRuns, type Side } from '../compare-runs.ts';
import { delivered, side } from '../testdata/sides.ts';
import { addressesOf } from './addresses.ts';
import type { TreesReport } from './model.ts';

interface Seen {
  outcomes?: ObservedOutcome[];
  replies?: Partial<ObservedReply>[];
  token?: string;
}

function sideOf(name: 'base' | 'head', { outcomes = [], replies = [], token }: Seen): Side {
  const made = side(name, outcomes);
  const observation = made.results.runs[0]?.attempts[0]?.observation;
  if (observation === undefined) throw new Error('the test data has no run');
  if (token !== undefined) observation.token = token;
  observation.replies = [{ step: 0, verb: 'send', replies: replies.map((reply) => ({ to: 'dot', code: 250, text: '', tls: true, ...reply })) }];
  return made;
}

function treated(base: Seen, head: Seen, second = base): TreesReport['addresses'] {
  const [referenceA, referenceB, candidate] = [sideOf('base', base), sideOf('base', second), sideOf('head', head)];
  const { scenarios } = compareRuns({ referenceA, referenceB, candidate, today: '2026-06-01' });
  const [one, again, other] = [referenceA, referenceB, candidate].map(({ results }) => results.runs[0]);
  const [parity] = scenarios;
  if (parity === undefined || one === undefined || again === undefined || other === undefined) throw new Error('nothing was compared');
  return addressesOf([{ parity, base: one, second: again, head: other }]);
}

const row = (change: object): object => ({ address: 'alice@example.test', class: 'different', shownBy: ['A message arrives'], ...change });

describe('an address is treated differently', () => {
  it('when its mail ends elsewhere', () => {
    expect(treated({ outcomes: [delivered()] }, { outcomes: [delivered({ place: 'store:alice/Junk' })] })).toEqual({
      compared: 1,
      different: [row({ base: ['delivered to store:alice/INBOX'], head: ['delivered to store:alice/Junk'] })],
    });
  });

  it('when there is a copy more, and all ends are told', () => {
    const more = delivered({ to: 'bob@example.test', place: 'store:bob/INBOX' });
    expect(treated({ outcomes: [delivered()] }, { outcomes: [delivered(), more] }).different).toEqual([
      row({ base: ['delivered to store:alice/INBOX'], head: ['delivered to store:alice/INBOX', 'delivered to store:bob/INBOX (as bob@example.test)'] }),
    ]);
  });

  it('when it is answered otherwise, and nothing is known of what came of it', () => {
    const answered = (code: number, enhanced: string): Seen => ({ replies: [{ to: 'RCPT TO:<alice@example.test>', code, enhanced }] });
    expect(treated(answered(250, '2.1.5'), answered(550, '5.1.1')).different).toEqual([row({ base: ['answered 250 2.1.5'], head: ['answered 550 5.1.1'] })]);
  });

  it('when its mail ends as before, but in another form', () => {
    expect(treated({ outcomes: [delivered({ headers: [] })] }, { outcomes: [delivered({ headers: [['X-Checked', 'yes']] })] }).different).toEqual([
      row({ base: ['header x-checked: absent'], head: ['header x-checked: yes'] }),
    ]);
  });

  it('when its sender is told that it failed, under the address that failed', () => {
    const returned = delivered({
      ...{ kind: 'returned', to: 'ann@sender.test', original: 'ann@sender.test', message: 'bounce', place: 'sender.test' },
      dsn: { status: '5.1.1', action: 'failed', recipient: 'alice@example.test', original: 'headers' },
    });
    expect(treated({ outcomes: [delivered()] }, { outcomes: [returned] }).different).toContainEqual(
      row({ base: ['delivered to store:alice/INBOX'], head: ['failed, told to ann@sender.test: 5.1.1'] }),
    );
  });
});

describe('an address is not treated differently', () => {
  it('when nothing differs', () => {
    expect(treated({ outcomes: [delivered()] }, { outcomes: [delivered()] })).toEqual({ compared: 1, different: [] });
  });

  it('when only the token of the run is another', () => {
    const to = (token: string): Seen => ({ token, outcomes: [delivered({ to: `x-${token}@example.test`, original: `x-${token}@example.test`, place: `store:x-${token}/INBOX` })] });
    expect(treated(to('0123456789'), to('abcdefabcd'), to('9876543210'))).toEqual({ compared: 1, different: [] });
  });

  it('when base itself does one thing and then another: that is told as such', () => {
    const junk = { outcomes: [delivered({ place: 'store:alice/Junk' })] };
    expect(treated({ outcomes: [delivered()] }, junk, junk).different).toMatchObject([{ class: 'indeterminate' }]);
  });
});
