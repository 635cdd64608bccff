import { beforeAll, describe, expect, test } from 'vitest';
import { openEngine } from './engine.ts';

const MINUTES = 60_000;

interface Case {
  behaviour: string;
  /** Lines of a table; `ran NAME` notes that it ran. */
  table: string[];
  file?: string;
  /** World time of the start, and of each look after it. */
  at: string[];
  /** What ran at the start and at each look. */
  ran: string[];
  said?: string[];
  log?: string[];
}

const CASES: readonly Case[] = [
  {
    behaviour: 'A job of every quarter of an hour runs once for a quarter of an hour',
    table: ['*/15 * * * * root ran A'],
    at: ['Wed 25 Nov 2026 10:07:30', '10:22:31', '10:37:32', '10:40'],
    ran: ['', 'A', 'A', ''],
  },
  {
    behaviour: 'A day runs a daily job once and one of every quarter of an hour once, in the order of their moments',
    table: ['@daily root ran DAY', '*/15 * * * * root ran QUARTER', '5 10 * * * root ran TEN'],
    at: ['25 Nov 2026 10:02', '26 Nov 2026 10:02:01'],
    ran: ['', 'TEN QUARTER DAY'],
  },
  {
    behaviour: 'A moment belongs to the look at it, and to no other',
    table: ['30 10 * * * root ran A'],
    at: ['25 Nov 2026 10:29:20', '10:30:00', '10:30:00', '10:30:30'],
    ran: ['', 'A', '', ''],
  },
  {
    behaviour: 'A look over years finds a rare moment',
    table: ['0 4 29 feb * root ran LEAP', '0 0 30 2 * root ran NEVER'],
    at: ['25 Nov 2026 10:00', '28 Feb 2028 12:00', '1 Mar 2028 00:00'],
    ran: ['', '', 'LEAP'],
  },
  {
    behaviour: 'Lists, ranges, steps and names are understood',
    table: ['0 8-10/2,17 * * * root ran H', '0 12 * NOV mon-wed,Fri root ran D', '10-30/10 0 * * 7 root ran SUNDAY'],
    at: ['Wed 25 Nov 2026 07:00', '08:00', '09:59', '10:00', '12:00', '17:30', 'Thu 26 Nov 2026 13:00', 'Sat 28 Nov 2026 00:00', 'Sun 29 Nov 2026 00:10', 'Sun 29 Nov 2026 00:15'],
    ran: ['', 'H', '', 'H', 'D', 'H', 'H', 'H D', 'H SUNDAY', ''],
  },
  {
    behaviour: 'With day of month and day of week either is enough, unless one begins with a star',
    table: ['0 1 13 * fri root ran EITHER', '0 2 */2 * fri root ran BOTH'],
    at: ['Thu 12 Nov 2026 12:00', 'Fri 13 Nov 2026 12:00', 'Thu 19 Nov 2026 12:00', 'Fri 20 Nov 2026 12:00', 'Sat 12 Dec 2026 12:00', 'Sun 13 Dec 2026 12:00'],
    ran: ['', 'EITHER BOTH', '', 'EITHER', 'EITHER BOTH', 'EITHER'],
  },
  {
    behaviour: 'What is @reboot runs at the start alone',
    table: ['@reboot root ran BOOT', '@hourly root ran HOUR'],
    at: ['25 Nov 2026 10:07', '11:00'],
    ran: ['BOOT', 'HOUR'],
  },
  {
    behaviour: 'A job runs as its user, at home, with the variables above it, and its output is logged',
    table: ['PATH=/bin', 'GREETING = "good day "', '* * * * * games id -un; pwd; echo "$GREETING$LOGNAME|$PATH"', 'GREETING=later'],
    at: ['25 Nov 2026 10:07', '10:08'],
    ran: ['', ''],
    log: ['(games) CMD (id -un; pwd; echo "$GREETING$LOGNAME|$PATH")', '(games) CMDOUT (games)', '(games) CMDOUT (/usr/games)', '(games) CMDOUT (good day games|/bin)'],
  },
  {
    behaviour: 'What follows a percent sign is the input of the command',
    table: ['* * * * * root cat%one%two\\%'],
    at: ['25 Nov 2026 10:07', '10:08'],
    ran: ['', ''],
    log: ['(root) CMD (cat%one%two\\%)', '(root) CMDOUT (one)', '(root) CMDOUT (two%)'],
  },
  {
    behaviour: 'A failing job fails the look with its line and output, and those after it run',
    table: ['* * * * * root echo no such host >&2; exit 3', '* * * * * root ran AFTER', '* * * * * root kill -9 $$'],
    at: ['25 Nov 2026 10:07', '10:08'],
    ran: ['', 'AFTER'],
    said: [
      '/etc/cron.d/jobs:1: the job of root due 2026-11-25 10:08 ended with status 3: echo no such host >&2; exit 3',
      '  no such host',
      '/etc/cron.d/jobs:3: the job of root due 2026-11-25 10:08 ended with signal 9: kill -9 $$',
      '  (it said nothing)',
      'status 1',
    ],
  },
  {
    behaviour: 'A job is not waited for longer than it runs, whatever it leaves behind',
    table: ['* * * * * root sleep 1000 & echo left', '* * * * * root ran AFTER'],
    at: ['25 Nov 2026 10:07', '10:08'],
    ran: ['', 'AFTER'],
  },
  {
    behaviour: 'Lines that cannot be read are named at the start',
    table: [
      '# a comment',
      '61 * * * * root ran A',
      '*/0 * * * * root ran A',
      '5-3 * * * * root ran A',
      '5/10 * * * * root ran A',
      '* * * * mon,, root ran A',
      '* * * foo * root ran A',
      '@sometimes root ran A',
      '* * * * * nosuch ran A',
      '* * * * * root',
      'ok=1',
    ],
    at: ['25 Nov 2026 10:07'],
    ran: [''],
    said: [
      'cron could not read these lines:',
      '/etc/cron.d/jobs:2: minute "61" is not 0 to 59: 61 * * * * root ran A',
      '/etc/cron.d/jobs:3: minute "*/0": a step needs a range or *, and is at least 1: */0 * * * * root ran A',
      '/etc/cron.d/jobs:4: minute "5-3": the range ends before it begins: 5-3 * * * * root ran A',
      '/etc/cron.d/jobs:5: minute "5/10": a step needs a range or *, and is at least 1: 5/10 * * * * root ran A',
      '/etc/cron.d/jobs:6: day of week "mon,," cannot be read: * * * * mon,, root ran A',
      '/etc/cron.d/jobs:7: month "foo" is not 1 to 12: * * * foo * root ran A',
      '/etc/cron.d/jobs:8: not a nickname: @sometimes: @sometimes root ran A',
      '/etc/cron.d/jobs:9: there is no user "nosuch": * * * * * nosuch ran A',
      '/etc/cron.d/jobs:10: not five fields or a nickname such as @daily, a user and a command: * * * * * root',
      'status 255',
    ],
  },
  {
    behaviour: 'A table whose name cron would pass over is passed over, and the log says so',
    file: '/etc/cron.d/jobs.cron',
    table: ['* * * * * root ran A'],
    at: ['25 Nov 2026 10:07', '10:08'],
    ran: ['', ''],
    log: ['(*system*) IGNORED (/etc/cron.d/jobs.cron: cron reads only names of letters, digits, - and _)'],
  },
  { behaviour: '/etc/crontab is a table, too', file: '/etc/crontab', table: ['@hourly root ran A'], at: ['25 Nov 2026 10:07', '12:08'], ran: ['', 'A'] },
];

const PRELUDE = `
echo /opt/mailproof/world-clock.so > /etc/ld.so.preload
at() { rm -f /etc/world-clock; clock-jump /etc/world-clock $(($(date -u -d "$1" +%s) - $(clock-jump now))); }
printf '#!/bin/sh\\necho $1 >> /ran\\n' > /usr/bin/ran && chmod +x /usr/bin/ran
look() { run-due "$1" > /said 2>&1 || echo "status $?" >> /said; echo "ran $(tr '\\n' ' ' < /ran)"; : > /ran; sed 's/^/said /' /said; }
# Reads /dev/log as host-init does, until an empty message comes.
listen() { rm -f /dev/log; perl -MSocket -e 'socket S, AF_UNIX, SOCK_DGRAM, 0; bind S, pack_sockaddr_un("/dev/log"); if (fork) { exit } open STDOUT, ">", "/log"; my $x; while (recv(S, $x, 9999, 0), length $x) { $x =~ s/^.*?: //; print "log $x\\n" } close STDOUT; open my $end, ">", "/listened"'; }
heard() { perl -MSocket -e 'socket S, AF_UNIX, SOCK_DGRAM, 0; send S, "", 0, pack_sockaddr_un("/dev/log")'; until [ -e /listened ]; do :; done; cat /log; rm /log /listened; }
`;

/** All cases one after the other in one container; each has what it printed. */
async function runCases(): Promise<Map<string, string[]>> {
  const engine = await openEngine(() => {});
  const wanted = { image: 'base/test+cron', release: 'bookworm' };
  const image = (await engine.ensureImages([wanted], () => {})).get(`${wanted.image}@${wanted.release}`)?.tag ?? '';
  const scripts = CASES.map(({ behaviour, table, file, at }) => {
    const day = /\d+ [A-Z][a-z]{2} \d{4}/;
    const moments = at.map((moment, index) =>
      day.test(moment)
        ? moment
        : `${
            at
              .slice(0, index)
              .findLast((one) => day.test(one))
              ?.match(day)?.[0]
          } ${moment}`,
    );
    const text = table
      .map(
        (line) => `${line}
`,
      )
      .join('');
    return [
      `echo 'case ${behaviour}'`,
      'rm -rf /etc/crontab /etc/cron.d/* /run/run-due; : > /ran; listen',
      `cat > ${file ?? '/etc/cron.d/jobs'} <<'END'\n${text}END`,
      ...moments.map((moment, index) => `at '${moment}'; look ${index === 0 ? 'start' : 'look'}`),
      'heard',
    ].join('\n');
  });
  const { output } = await engine.runOnce({ image, files: [], script: PRELUDE + scripts.join('\n') });
  return new Map(
    output
      .split(/^case /m)
      .slice(1)
      .map((part) => {
        const [behaviour = '', ...lines] = part.trimEnd().split('\n');
        return [behaviour, lines];
      }),
  );
}

describe('cron by the world clock', () => {
  let printed: Map<string, string[]>;
  beforeAll(async () => {
    printed = await runCases();
  }, 5 * MINUTES);

  test.each(CASES)('$behaviour', ({ behaviour, ran, said, log }) => {
    const lines = printed.get(behaviour) ?? [];
    const of = (kind: string): string[] => lines.flatMap((line) => (line === kind || line.startsWith(`${kind} `) ? [line.slice(kind.length + 1).trimEnd()] : []));
    expect(of('ran')).toEqual(ran);
    expect(of('said')).toEqual(said ?? []);
    if (log !== undefined) expect(of('log')).toEqual(log);
  });
});
