import { expect, test } from 'vitest';
import { renderDiagnostics } from '../base/index.ts';
import { parseScenarios } from './scenario-file.ts';
import { smallWorld } from './testing.ts';
import { VERBS } from './verbs/index.ts';

const model = smallWorld();
const problems = (text: string): string => renderDiagnostics(parseScenarios('a.scenario.yaml', text, model).diagnostics, new Map([['a.scenario.yaml', text]]));

test('every example of a verb is valid, and says in one line what it does', () => {
  for (const verb of VERBS) {
    for (const example of verb.examples) {
      expect(verb.schema.safeParse(example).error?.issues ?? [], `${verb.name} ${JSON.stringify(example)}`).toEqual([]);
      expect(verb.bind(example).summary()).toMatch(/^\S.*$/);
    }
  }
});

test('a scenario is read with the place of each step', () => {
  const text = `scenario: A message arrives
covers: [S-01]
given:
  - outside: { x.test: {} }
steps:
  - send: { from: ann@sender.test, to: alice@example.test }
  - expect:
      - delivered: { to: alice@example.test, mailbox: alice }
`;
  const { scenarios, diagnostics } = parseScenarios('b.scenario.yaml', text, model);
  expect(diagnostics).toEqual([]);
  expect(scenarios).toMatchObject([{ name: 'A message arrives', line: 1, col: 1, covers: ['S-01'], mode: 'side-by-side' }]);
  const [example] = scenarios[0]?.examples ?? [];
  expect(example?.given).toMatchObject([{ verb: 'outside', summary: 'outside x.test', line: 4 }]);
  expect(example?.steps).toMatchObject([
    { verb: 'send', summary: 'send ann@sender.test -> alice@example.test', line: 6, col: 5 },
    { verb: 'expect', summary: 'expect delivered', line: 7, col: 5 },
  ]);
  expect(example?.steps[1]?.at([0, 'delivered', 'mailbox'])).toEqual({ file: 'b.scenario.yaml', line: 8, col: 55 });
});

test('each row of the examples is a test, its values keep their types, and places stay those of the file', () => {
  const text = `scenario: To \${to} is answered \${code}
examples:
  - { to: alice@example.test, code: 250 }
  - { to: nobody@example.test, code: 550 }
steps:
  - send: { from: ann@sender.test, to: "\${to}" }
  - expect:
      - reply: { code: "\${code}" }
`;
  const { scenarios, diagnostics } = parseScenarios('c.scenario.yaml', text, model);
  expect(diagnostics).toEqual([]);
  expect(scenarios[0]?.examples.map((example) => example.title)).toEqual(['To alice@example.test is answered 250', 'To nobody@example.test is answered 550']);
  expect(scenarios[0]?.examples[1]?.steps[0]?.at(['to'])).toMatchObject({ line: 6, col: 40 });
});

test('the token of a run is filled in when the scenario starts, in texts and keys', () => {
  const text = `scenario: Its own domain
given: [{ outside: { "\${run}.test": {} } }]
steps: [{ send: { from: ann@sender.test, to: "x@\${run}.test" } }]
`;
  const { scenarios, diagnostics } = parseScenarios('d.scenario.yaml', text, model);
  expect(diagnostics).toEqual([]);
  const [example] = scenarios[0]?.examples ?? [];
  expect(example?.given[0]?.bind('abc').summary()).toBe('outside abc.test');
  expect(example?.steps[0]?.bind('abc').summary()).toBe('send ann@sender.test -> x@abc.test');
});

test('whether a scenario runs alone follows from its verbs', () => {
  const mode = (step: string): string | undefined => parseScenarios('e.scenario.yaml', `scenario: x\nsteps: [{ ${step} }]\n`, model).scenarios[0]?.mode;
  expect(mode('send: { from: ann@sender.test, to: alice@example.test }')).toBe('side-by-side');
  expect(mode('clock: advance 5m')).toBe('alone');
  expect(mode("dialog: { lines: ['<- 220'] }")).toBe('side-by-side');
  expect(mode("dialog: { lines: ['<- 220', { do: { kill: mx } }] }")).toBe('alone');
  expect(mode('outside: { new.test: {} }')).toBe('side-by-side');
  expect(mode('outside: { hosted.test: {} }')).toBe('alone');
  expect(mode('dns: { fresh.test: { A: 198.51.100.9 } }')).toBe('side-by-side');
  expect(mode('dns: { mx.example.test: nxdomain }')).toBe('alone');
  expect(mode('sendmail: { host: mx, to: alice@example.test }')).toBe('side-by-side');
  expect(mode('run: { host: mx, command: "true" }')).toBe('alone');
  expect(mode('database: { in: tickets, sql: "SELECT 1" }')).toBe('alone');
  expect(mode('reload: mx')).toBe('alone');
  const said = parseScenarios('e.scenario.yaml', 'scenario: x\nalone: true\nsteps: [{ send: { from: ann@sender.test, to: alice@example.test } }]\n', model);
  expect(said.scenarios[0]?.mode).toBe('alone');
});

test('a scenario may be for some variants only, and is not checked against the hosts of others', () => {
  const text = (only: string): string => `scenario: x\nvariants: { only: [${only}], why: it asks Exim }\nsteps: [{ kill: nowhere }]\n`;
  const there = parseScenarios('f.scenario.yaml', text(model.variant), model);
  expect(there.diagnostics.map(({ code }) => code)).toEqual(['unknown-host']);
  const other = model.variants.find((name) => name !== model.variant) ?? '';
  expect(parseScenarios('f.scenario.yaml', text(other), model)).toEqual({
    scenarios: [],
    elsewhere: [{ name: 'x', line: 1, only: [other], why: 'it asks Exim' }],
    diagnostics: [],
  });
  expect(parseScenarios('f.scenario.yaml', text('exmi'), model).diagnostics.map(({ code }) => code)).toEqual(['unknown-variant']);
});

test('a step inside of a dialog is checked like one of its own, and only machines and links can be changed there', () => {
  expect(problems('scenario: x\nsteps:\n  - dialog:\n      lines:\n        - do: { kill: mxx }\n        - do: { cut: [mx, stroe] }\n')).toMatchInlineSnapshot(`
    "a.scenario.yaml:5:23 unknown-host no host "mxx" in this world
      5 |         - do: { kill: mxx }
        |                       ^^^
      received: mxx
      expected: one of mx, store
      did you mean "mx"?

    a.scenario.yaml:6:27 unknown-host-or-outside-domain no host or outside domain "stroe" in this world
      6 |         - do: { cut: [mx, stroe] }
        |                           ^^^^^
      received: stroe
      expected: one of mx, store, hosted.test
      did you mean "store"?"
  `);
  expect(problems('scenario: x\nsteps:\n  - kill: mx/exim\n')).toMatchInlineSnapshot(`
    "a.scenario.yaml:3:11 invalid-value "kill": not a host; a single service can only be stopped
      3 |   - kill: mx/exim
        |           ^^^^^^^
      received: "mx/exim""
  `);
  expect(problems('scenario: x\nsteps:\n  - dialog:\n      lines:\n        - do: { clock: advance 5m }\n')).toMatchInlineSnapshot(`
    "a.scenario.yaml:5:17 unknown-key unknown key "clock"
      5 |         - do: { clock: advance 5m }
        |                 ^^^^^
      received: clock
      expected: one of stop, start, kill, pause, restart, reload, cut, heal"
  `);
});

test('all that is wrong in a file is said at once, each at its place', () => {
  expect(
    problems(`scenario: Many mistakes
tag: [x]
steps:
  - sned: { from: ann@sender.test, to: alice@example.test }
  - send: { from: ann@sender.test, too: alice@example.test, tls: always }
  - expect:
      - delivered: { to: alice@example.test, fodler: INBOX }
  - dialog:
      lines: ["<- 22", "-> QUIT"]
---
scenario: And more in the second
steps:
  - expect:
      - delivered: { to: alice@example.test }
  - bounce: { message: 2, from: hostd.test }
  - send: { from: ann@sender.test, to: alice@example.test, server: mxx, as: first }
  - stop: stroe
  - clock: advance 5 parsecs
  - submit: { user: alcie, from: alice@example.test, to: x@hosted.test }
`),
  ).toMatchInlineSnapshot(`
    "a.scenario.yaml:2:1 unknown-key unknown key "tag"
      2 | tag: [x]
        | ^^^
      received: tag
      expected: one of scenario, covers, tags, alone, variants, given, examples, steps
      did you mean "tags"?

    a.scenario.yaml:4:5 unknown-key unknown key "sned"
      4 |   - sned: { from: ann@sender.test, to: alice@example.test }
        |     ^^^^
      received: sned
      expected: one of send, submit, sendmail, stream, wait, dialog, connect, hang up, imap, bounce, clock, stop, start, kill, pause, restart, reload, cut, heal, slow, outside, dns, account, database, directory, file, migrate, run, expect
      did you mean "send"?

    a.scenario.yaml:5:11 missing-key "to" is missing
      5 |   - send: { from: ann@sender.test, too: alice@example.test, tls: always }
        |           ^
      expected: string

    a.scenario.yaml:5:36 unknown-key unknown key "too"
      5 |   - send: { from: ann@sender.test, too: alice@example.test, tls: always }
        |                                    ^^^
      received: too
      expected: one of from, to, client, helo, server, port, certificate, message, dkim, arc, altered, as, times, on one connection, smtputf8, dsn, tls
      did you mean "to"?

    a.scenario.yaml:5:66 invalid-value "tls" has a value that is not known
      5 |   - send: { from: ann@sender.test, too: alice@example.test, tls: always }
        |                                                                  ^^^^^^
      received: "always"
      expected: one of if offered, never, required

    a.scenario.yaml:7:46 unknown-key unknown key "fodler"
      7 |       - delivered: { to: alice@example.test, fodler: INBOX }
        |                                              ^^^^^^
      received: fodler
      expected: one of to, original, mailbox, folder, at, into, envelope from, kind, headers, added, removed, changed, body, flags, source, helo, tls, spf, dkim, dmarc, arc, message, after, indeterminate, lost replies, count
      did you mean "folder"?

    a.scenario.yaml:9:15 invalid-value item 1 of "lines": not a line of a dialog: "-> COMMAND", "<- 250 text", "<- closed" or "~> tls"
      9 |       lines: ["<- 22", "-> QUIT"]
        |               ^^^^^^^
      received: "<- 22"

    a.scenario.yaml:18:12 invalid-value "clock": not a duration such as 90s, 5m, 4h or 4d 23h
      18 |   - clock: advance 5 parsecs
         |            ^^^^^^^^^^^^^^^^^
      received: "advance 5 parsecs""
  `);
});

test('names are checked where the schema has no say', () => {
  expect(
    problems(`scenario: Wrong names
examples:
  - { to: alice@example.test, unused: 1 }
steps:
  - bounce: { message: 2, from: hostd.test }
  - send: { from: ann@sender.test, to: "\${too}", server: mxx, as: first }
  - expect:
      - delivered: { message: frist, mailbox: alcie }
  - stop: stroe
  - restart: mx/exmi
  - submit: { user: alcie, from: alice@example.test, to: x@hosted.test }
`),
  ).toMatchInlineSnapshot(`
    "a.scenario.yaml:3:11 unused-column nothing in the scenario uses \${to}
      3 |   - { to: alice@example.test, unused: 1 }
        |           ^^^^^^^^^^^^^^^^^^

    a.scenario.yaml:3:39 unused-column nothing in the scenario uses \${unused}
      3 |   - { to: alice@example.test, unused: 1 }
        |                                       ^

    a.scenario.yaml:5:24 unknown-message message 2 is not sent before this step: nothing is
      5 |   - bounce: { message: 2, from: hostd.test }
        |                        ^
      received: 2

    a.scenario.yaml:5:33 unknown-outside-domain no outside domain "hostd.test" in this world
      5 |   - bounce: { message: 2, from: hostd.test }
        |                                 ^^^^^^^^^^
      received: hostd.test
      expected: one of hosted.test
      did you mean "hosted.test"?

    a.scenario.yaml:6:40 unknown-placeholder no example gives \${too}
      6 |   - send: { from: ann@sender.test, to: "\${too}", server: mxx, as: first }
        |                                        ^^^^^^^^
      received: too
      expected: one of to, unused, run
      did you mean \${to}?

    a.scenario.yaml:6:58 unknown-host no host "mxx" in this world
      6 |   - send: { from: ann@sender.test, to: "\${too}", server: mxx, as: first }
        |                                                          ^^^
      received: mxx
      expected: one of mx, store
      did you mean "mx"?

    a.scenario.yaml:8:31 unknown-message no message "frist" is sent before this step
      8 |       - delivered: { message: frist, mailbox: alcie }
        |                               ^^^^^
      received: frist
      expected: one of first
      did you mean "first"?

    a.scenario.yaml:8:47 unknown-account no account "alcie" in this world
      8 |       - delivered: { message: frist, mailbox: alcie }
        |                                               ^^^^^
      received: alcie
      expected: one of alice, bob
      did you mean "alice"?

    a.scenario.yaml:9:11 unknown-host no host "stroe" in this world
      9 |   - stop: stroe
        |           ^^^^^
      received: stroe
      expected: one of mx, store
      did you mean "store"?

    a.scenario.yaml:10:14 unknown-service no service "exmi" of host mx
      10 |   - restart: mx/exmi
         |              ^^^^^^^
      received: exmi
      expected: one of exim
      did you mean "exim"?

    a.scenario.yaml:11:21 unknown-account no account "alcie" in this world
      11 |   - submit: { user: alcie, from: alice@example.test, to: x@hosted.test }
         |                     ^^^^^
      received: alcie
      expected: one of alice, bob
      did you mean "alice"?"
  `);
});

test('hosts, services, databases and directories are checked before anything runs', () => {
  expect(
    problems(`scenario: Wrong places
given:
  - database: { in: tickts, sql: SELECT 1 }
steps:
  - database: { in: tickets, sql: SELECT 1, on: [stor] }
  - directory: { in: saff, ldif: "dn: x" }
  - sendmail: { host: store, to: alice@example.test }
  - sendmail: { host: mx, to: alice@example.test, message: { raw: "Subject: x\\n\\nx" } }
  - run: { host: mx, command: report, sends: { to: alice@example.test, at: my } }
  - stop: store/doveco
  - reload: mx/exin
`),
  ).toMatchInlineSnapshot(`
    "a.scenario.yaml:3:21 unknown-database no database "tickts" in this world
      3 |   - database: { in: tickts, sql: SELECT 1 }
        |                     ^^^^^^
      received: tickts
      expected: one of tickets
      did you mean "tickets"?

    a.scenario.yaml:5:50 unknown-host no host "stor" of database tickets
      5 |   - database: { in: tickets, sql: SELECT 1, on: [stor] }
        |                                                  ^^^^
      received: stor
      expected: one of store
      did you mean "store"?

    a.scenario.yaml:6:22 unknown-directory no directory "saff" in this world
      6 |   - directory: { in: saff, ldif: "dn: x" }
        |                      ^^^^
      received: saff
      expected: one of staff
      did you mean "staff"?

    a.scenario.yaml:7:23 no-sendmail host store (dovecot) runs no mail server, so it has no /usr/sbin/sendmail
      7 |   - sendmail: { host: store, to: alice@example.test }
        |                       ^^^^^
      received: store

    a.scenario.yaml:8:67 no-message-id the message has no Message-ID, by which the log of the host names it
      8 |   - sendmail: { host: mx, to: alice@example.test, message: { raw: "Subject: x\\n\\nx" } }
        |                                                                   ^^^^^^^^^^^^^^^^^
      add "Message-ID: <\${run}.1@sender.test>", or let \`run\` give it to sendmail, and find it with \`sends\`

    a.scenario.yaml:9:76 unknown-host no host "my" in this world
      9 |   - run: { host: mx, command: report, sends: { to: alice@example.test, at: my } }
        |                                                                            ^^
      received: my
      expected: one of mx, store
      did you mean "mx"?

    a.scenario.yaml:10:11 unknown-service no service "doveco" of host store
      10 |   - stop: store/doveco
         |           ^^^^^^^^^^^^
      received: doveco
      expected: one of dovecot
      did you mean "dovecot"?

    a.scenario.yaml:11:13 unknown-service no service "exin" of host mx
      11 |   - reload: mx/exin
         |             ^^^^^^^
      received: exin
      expected: one of exim
      did you mean "exim"?"
  `);
});

test('what a command sends can be named by its label and its number in later steps, and not before', () => {
  const text = `scenario: A report
steps:
  - run: { host: mx, command: report, sends: { to: alice@example.test, count: 2, as: report } }
  - expect:
      - delivered: { message: report, count: 2 }
      - delivered: { message: 3 }
`;
  expect(problems(text)).toContain('message 3 is not sent before this step: 2 are');
});

test('a syntax error of YAML is a diagnostic with its place', () => {
  expect(parseScenarios('f.scenario.yaml', 'scenario: x\nsteps: [ {\n', model).diagnostics[0]).toMatchObject({ code: 'yaml', line: expect.any(Number) });
});

test('two scenarios of one name in a file are told apart by neither name nor report, so that is an error', () => {
  const text = `scenario: Same\nsteps: [{ clock: advance 1m }]\n---\nscenario: Same\nsteps: [{ clock: advance 1m }]\n`;
  expect(parseScenarios('g.scenario.yaml', text, model).diagnostics).toMatchObject([{ code: 'title-twice', line: 4 }]);
});
