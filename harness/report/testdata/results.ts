import { worldTime } from '../../base/index.ts';
import type { Trace } from '../../ledger/index.ts';
import { type AttemptRecord, RESULTS_VERSION, type Results, type ScenarioRun } from '../../scenario/index.ts';

/** Results such as a run leaves them, with every kind of outcome and with text that must be escaped. */
const START = Date.UTC(2026, 0, 5, 9, 0, 0);
const at = (ms: number) => worldTime(START + ms);

const forwarded: Trace = {
  root: 'root-1',
  messageId: '<m1.1@sender.test>',
  hops: [
    {
      custody: 'mx/1vcMwE-00000000017-0abc',
      host: 'mx',
      queueId: '1vcMwE-00000000017-0abc',
      at: at(12),
      from: 'ann@sender.test',
      client: '198.51.100.77',
      cause: 'received',
      recipients: [
        { address: 'alice@example.test', original: 'team@example.test', state: { end: 'relayed', next: 'store', reply: '250 2.0.0 <alice@example.test> Saved', at: at(61) } },
        {
          address: 'pat@slow.test',
          original: 'team@example.test',
          state: { end: 'waiting', since: at(75), reason: '451 4.7.1 Greylisted, come back later', nextTry: at(900_000) },
        },
      ],
      parents: [],
      lines: [
        {
          at: at(12),
          host: 'mx',
          source: '/var/log/exim4/mainlog',
          line: '1vcMwE-00000000017-0abc <= ann@sender.test H=client.sender.test [198.51.100.77] P=esmtps X=TLS1.3 S=812',
        },
        {
          at: at(61),
          host: 'mx',
          source: '/var/log/exim4/mainlog',
          line: '1vcMwE-00000000017-0abc => alice@example.test R=accounts T=lmtp H=store.example.test [10.20.0.5] C="250 2.0.0 <alice@example.test> Saved"',
        },
        {
          at: at(75),
          host: 'mx',
          source: '/var/log/exim4/mainlog',
          line: '1vcMwE-00000000017-0abc == pat@slow.test R=outside T=smtp defer (-44): 451 4.7.1 Greylisted, come back later',
        },
      ],
    },
    {
      custody: 'store/s1',
      host: 'store',
      queueId: 's1',
      at: at(48),
      from: 'ann@sender.test',
      cause: 'received',
      recipients: [{ address: 'alice@example.test', original: 'alice@example.test', state: { end: 'stored', host: 'store', user: 'alice', folder: 'INBOX', at: at(60) } }],
      parents: ['mx/1vcMwE-00000000017-0abc'],
      lines: [{ at: at(60), host: 'store', source: 'syslog', line: 'dovecot: lmtp(alice)<99><s1>: msgid=<m1.1@sender.test>: saved mail to INBOX' }],
    },
  ],
  transcripts: [
    {
      with: 'slow.test',
      lines: [
        { ms: 0, mark: '<-', text: '220 mx.slow.test ESMTP' },
        { ms: 9, mark: '<**', text: '451 4.7.1 Greylisted, come back later' },
      ],
    },
  ],
};

const failedAttempt: AttemptRecord = {
  outcome: 'failed',
  duration_ms: 412,
  error: {
    code: 'EXPECTATION',
    message:
      'a copy was expected and did not come: delivered to bob@example.test, mailbox bob\n  nearest: delivered to alice@example.test, mailbox alice (mailbox differs)\n  header Subject: <script>alert("x")</script> & more',
    hint: 'look at how aliases are expanded on mx',
    file: 'scenarios/starter/alias.scenario.yaml',
    line: 7,
    col: 9,
  },
  steps: [
    {
      index: 0,
      verb: 'send',
      summary: 'send ann@sender.test -> team@example.test from 198.51.100.77',
      line: 4,
      col: 5,
      outcome: 'passed',
      ms: 44,
      worldTime: START,
      transcript: [
        { ms: 0, mark: '<-', text: '220 mx.example.test ESMTP' },
        { ms: 1, mark: '->', text: 'EHLO client.sender.test' },
        { ms: 2, mark: '<-', text: '250-STARTTLS' },
        { ms: 9, mark: '~>', text: 'MAIL FROM:<ann@sender.test>' },
        { ms: 12, mark: '<~', text: '250 OK' },
      ],
    },
    { index: 1, verb: 'expect', summary: 'expect 2 delivered', line: 5, col: 5, outcome: 'failed', ms: 330 },
    { index: 2, verb: 'clock', summary: 'clock advance 15m', line: 9, col: 5, outcome: 'not-run', ms: 0 },
  ],
  observation: {
    replies: [{ step: 0, verb: 'send', replies: [{ to: 'dot', code: 250, enhanced: undefined, text: 'OK id=1vcMwE-00000000017-0abc', tls: true }] }],
    outcomes: [
      {
        step: 1,
        outcomes: [
          {
            kind: 'delivered',
            to: 'alice@example.test',
            original: 'team@example.test',
            message: 'mail',
            place: 'store:alice/INBOX',
            route: ['mx', 'store'],
            afterMs: 60,
            raw: { custody: 'store/s1' },
          },
        ],
      },
    ],
  },
  violations: [{ code: 'conservation', message: 'bob@example.test was accepted and has no end', host: 'mx', custody: 'mx/1vcMwE-00000000017-0abc' }],
  traces: [forwarded],
  logs: [{ at: START + 12, host: 'mx', source: '/var/log/exim4/mainlog', line: '1vcMwE-00000000017-0abc <= ann@sender.test' }],
};

const passedAttempt: AttemptRecord = {
  ...failedAttempt,
  outcome: 'passed',
  duration_ms: 180,
  error: undefined,
  violations: [],
  steps: failedAttempt.steps.map((step) => ({ ...step, outcome: 'passed' })),
};
const brokenAttempt: AttemptRecord = {
  ...failedAttempt,
  steps: [],
  traces: [],
  logs: [],
  violations: [],
  observation: { replies: [], outcomes: [] },
  error: { code: 'HOST_NOT_UP', message: 'store did not come up: imaps on 993 did not answer', file: 'scenarios/starter/store.scenario.yaml', line: 1, col: 1 },
};

export function exampleRun(change: Partial<ScenarioRun> & Pick<ScenarioRun, 'scenario' | 'outcome' | 'attempts'>): ScenarioRun {
  const { variant = 'exim', file = 'scenarios/starter/alias.scenario.yaml', line = 1 } = change;
  return { world: 'starter', variant, file, line, tags: [], covers: [], duration_ms: 412, again: `npx mailproof run ${file}:${line} --variant ${variant}`, ...change };
}

export function exampleResults(): Results {
  const runs = [
    exampleRun({ scenario: 'A message to an account arrives in its inbox', outcome: 'passed', attempts: [passedAttempt], covers: ['S-01'], tags: ['delivery'] }),
    exampleRun({
      scenario: 'An alias with several targets reaches each of them once',
      outcome: 'failed',
      attempts: [failedAttempt, failedAttempt],
      covers: ['S-03'],
      tags: ['alias'],
      line: 12,
    }),
    exampleRun({
      scenario: 'An alias with several targets reaches each of them once',
      outcome: 'passed',
      attempts: [passedAttempt],
      covers: ['S-03'],
      variant: 'postfix',
      line: 12,
    }),
    exampleRun({ scenario: 'A greylisting receiver gets it at the second try', outcome: 'flaky', attempts: [failedAttempt, passedAttempt], covers: ['S-04'] }),
    exampleRun({ scenario: 'Mail waits while the store is down', outcome: 'indeterminate', attempts: [brokenAttempt], file: 'scenarios/starter/store.scenario.yaml' }),
  ];
  return {
    version: RESULTS_VERSION,
    outcome: 'failed',
    started: '2026-01-05T09:00:00.000Z',
    duration_ms: 18_340,
    environment: {
      mailproof: '0.1.0',
      node: '24.0.0',
      engine: 'docker 20.10.24, unix socket, amd64',
      images: [{ image: 'exim', release: 'bookworm', tag: 'mailproof/exim-bookworm:1a2b3c', software: 'exim', versions: { exim: 'Exim version 4.96' } }],
    },
    runs,
    strays: [{ world: 'starter', variant: 'exim', instance: 'ab12', from: 'mx', to: '192.0.2.7 tcp/25', what: '3 packets' }],
    unparsed: [{ world: 'starter', variant: 'exim', host: 'mx', software: 'exim', count: 2, samples: ['something <unheard> `of`'] }],
    unknownNames: [{ world: 'starter', variant: 'exim', host: 'mx', name: 'no|such.test', qtype: 'MX', count: 4 }],
    whole: ['starter'],
    requirements: [
      {
        world: 'starter',
        id: 'S-01',
        text: 'Mail to an account arrives',
        covered: [{ scenario: 'A message to an account arrives in its inbox', variant: 'exim', outcome: 'passed' }],
      },
      {
        world: 'starter',
        id: 'S-03',
        text: 'Every target of an alias gets one copy',
        covered: [{ scenario: 'An alias with several targets reaches each of them once', variant: 'exim', outcome: 'failed' }],
      },
      { world: 'starter', id: 'S-09', text: 'Nobody relays | through us', covered: [] },
      { world: 'starter', id: 'S-10', text: 'The load of the machine holds mail back', untested: 'the load is the <test machine>, not the host', covered: [] },
    ],
  };
}
