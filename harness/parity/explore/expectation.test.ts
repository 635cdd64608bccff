import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { AttemptRecord, ObservedOutcome, ObservedReply } from '../../scenario/index.ts';
import { loadWorld } from '../../world/index.ts';
import { delivered } from '../testdata/sides.ts';
import { expectedOf } from './expectation.ts';
import { readCase, scenarioYaml } from './to-scenario.ts';

const model = loadWorld('starter', 'exim', fileURLToPath(new URL('../../..', import.meta.url)));
const plain = { from: 'ann@sender.test', to: ['alice@example.test'] };

function attempt(outcomes: ObservedOutcome[], replies: ObservedReply[] = [], verb = 'send'): AttemptRecord {
  return {
    outcome: 'passed',
    duration_ms: 1,
    steps: [],
    observation: { token: 'abc123', replies: [{ step: 0, verb, replies }], outcomes: [{ step: 1, outcomes }] },
    violations: [],
    traces: [],
    logs: [],
  };
}

const difference = (subject: string, field: string) => ({ subject, field, reference: 'a', candidate: 'b' });

it('every end is named, and of the rest what differs', () => {
  const copy = delivered({ original: 'info@example.test', envelopeFrom: 'ann@sender.test', headers: [['X-Seen', 'by abc123, *really*']] });
  expect(expectedOf(attempt([copy]), []).items).toEqual([{ delivered: { to: 'alice@example.test', original: 'info@example.test', mailbox: 'alice', folder: 'INBOX' } }]);
  const found = [
    difference('step 2: mail to info@example.test', 'header x-seen'),
    difference('step 2: mail to info@example.test', 'header x-other'),
    difference('step 2: mail to info@example.test', 'envelope from'),
  ];
  expect(expectedOf(attempt([copy]), found).items).toEqual([
    { delivered: expect.objectContaining({ 'envelope from': 'ann@sender.test', headers: { 'x-seen': `/^by \${run}, \\*really\\*$/`, 'x-other': 'absent' } }) },
  ]);
});

it('what each run words anew is not expected word for word', () => {
  const copy = delivered({ original: 'info@example.test', envelopeFrom: 'SRS0=bee5=jo=sender.test=ann@example.test', headers: [['Received', 'by mx id 1xW9fK']] });
  const found = ['header received', 'envelope from'].map((field) => difference('step 2: mail to info@example.test', field));
  expect(expectedOf(attempt([copy]), found).items).toEqual([
    { delivered: { to: 'alice@example.test', original: 'info@example.test', mailbox: 'alice', folder: 'INBOX', 'envelope from': 'SRS0=*=*=sender.test=ann@example.test' } },
  ]);
});

it('a refusal is named with its code, and with the enhanced one where that differs, also when there is none', () => {
  const refused: ObservedOutcome = {
    kind: 'refused',
    to: '*@example.test',
    original: '*@example.test',
    message: 'mail',
    place: 'mx',
    route: ['mx'],
    reply: { stage: 'rcpt', code: 550, text: 'no' },
    raw: {},
  };
  const found = [difference('step 2: mail to *@example.test', 'enhanced')];
  expect(expectedOf(attempt([refused]), found).items).toEqual([{ refused: { to: '/^\\*@example\\.test$/', stage: 'rcpt', code: 550, enhanced: { not: '*' } } }]);
});

it('what EHLO offers is asked for line by line', () => {
  const ehlo: ObservedReply = { to: 'EHLO', code: 250, text: 'mx.example.test\nSIZE 10485760\nDSN', tls: false };
  const found = [difference('step 1: reply to EHLO', 'offers SIZE')];
  expect(expectedOf(attempt([], [ehlo]), found).items).toEqual([{ reply: { to: 'ehlo', code: 250, text: 'SIZE 10485760' } }]);
  expect(expectedOf(attempt([], [ehlo], 'dialog'), found)).toEqual({ items: [], replies: [{ '<-': 250, has: ['SIZE 10485760'] }] });
});

it('what comes out is a scenario of the world', () => {
  const outcomes: ObservedOutcome[] = [
    delivered(),
    { ...delivered({ to: 'x@hosted.test', original: 'press@example.test', place: 'hosted.test' }), envelopeFrom: '' },
    {
      ...delivered(),
      kind: 'returned',
      message: 'bounce',
      to: 'ann@sender.test',
      place: 'sender.test',
      dsn: { status: '5.0.0', action: 'failed', recipient: 'counsel@strict.test', original: 'full' },
    },
    { kind: 'queued', to: 'x@gone.test', original: 'x@gone.test', message: 'mail', place: 'mx', route: ['mx'], nextTryMs: 300_000, raw: {} },
    { kind: 'discarded', to: 'x@example.test', original: 'x@example.test', message: 'mail', place: 'mx', route: ['mx'], raw: {} },
    {
      kind: 'refused',
      to: '"a b"@example.test',
      original: '"a b"@example.test',
      message: 'mail',
      place: 'mx',
      route: ['mx'],
      reply: { stage: 'rcpt', code: 550, text: 'no' },
      raw: {},
    },
  ];
  const fields = ['dsn status', 'dsn action', 'next try', 'envelope from', 'enhanced', 'flags', 'tls', 'body'];
  const subjects = ['mail to alice@example.test', 'mail to press@example.test', 'return to alice@example.test', 'mail to x@gone.test', 'mail to "a b"@example.test'];
  const found = subjects.flatMap((subject) => fields.map((field) => difference(`step 2: ${subject}`, field)));
  const yaml = scenarioYaml(plain, 'What comes out', expectedOf(attempt(outcomes), found));
  expect(readCase('found.scenario.yaml', yaml, model).scenario.mode).toBe('side-by-side');
  const dialog = scenarioYaml({ ...plain, announced: 1 }, 'A dialog', { items: [], replies: [{ '<-': 220 }, { '<-': 250, has: ['SIZE 1'] }, { '<-': 552, enhanced: '5.3.4' }] });
  expect(readCase('dialog.scenario.yaml', dialog, model).example.steps[0]?.verb).toBe('dialog');
});
