import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { waitUntil } from '../../base/index.ts';
import { LogFollower } from './log-follower.ts';
import { syslogText } from './syslog.ts';

/** A folder that goes away with the test. */
function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mailproof-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

class Heard {
  readonly lines: string[] = [];
  readonly times: number[] = [];
  readonly #again = new Set<() => void>();
  hear = (source: string, line: string): void => {
    this.lines.push(`${source}: ${line}`);
    this.times.push(performance.now());
    for (const again of this.#again) again();
  };
  until(count: number): Promise<void> {
    return waitUntil({
      what: `${count} lines were heard`,
      deadlineMs: 3000,
      look: () => (this.lines.length >= count ? { met: true, value: undefined } : { met: false, missing: `only ${this.lines.length}: ${this.lines.join(' | ')}` }),
      subscribe: (again) => {
        this.#again.add(again);
        return () => this.#again.delete(again);
      },
    });
  }
}

function follow(): { directory: string; heard: Heard; follower: LogFollower } {
  const directory = temporary();
  const heard = new Heard();
  return { directory, heard, follower: new LogFollower(directory, '/var/log/exim4', heard.hear) };
}

test('lines are heard whole, in order, in files that were there and in files that appear', async () => {
  const { directory, heard, follower } = follow();
  writeFileSync(join(directory, 'mainlog'), 'one\n');
  follower.start();
  appendFileSync(join(directory, 'mainlog'), 'two, not yet en');
  appendFileSync(join(directory, 'mainlog'), 'ded\nthree\n');
  await heard.until(3);
  writeFileSync(join(directory, 'rejectlog'), 'no\n');
  await heard.until(4);
  mkdirSync(join(directory, 'msglog'));
  writeFileSync(join(directory, 'msglog', '1'), 'deep\n');
  await heard.until(5);
  follower.close();
  expect(heard.lines).toEqual([
    '/var/log/exim4/mainlog: one',
    '/var/log/exim4/mainlog: two, not yet ended',
    '/var/log/exim4/mainlog: three',
    '/var/log/exim4/rejectlog: no',
    '/var/log/exim4/msglog/1: deep',
  ]);
});

test('rotation and truncation lose nothing and repeat nothing', async () => {
  const { directory, heard, follower } = follow();
  const log = join(directory, 'mainlog');
  writeFileSync(log, 'before\n');
  follower.start();
  renameSync(log, `${log}.1`);
  appendFileSync(`${log}.1`, 'late\n');
  writeFileSync(log, 'after\n');
  await heard.until(3);
  truncateSync(log, 0);
  appendFileSync(log, 'x\n');
  await heard.until(4);
  follower.close();
  expect(heard.lines.map((line) => line.replace(/^.*: /, '')).sort()).toEqual(['after', 'before', 'late', 'x']);
});

test('a line is heard within 50 ms of its writing, most within 5 ms', async () => {
  const { directory, heard, follower } = follow();
  follower.start();
  const written: number[] = [];
  for (let i = 1; i <= 40; i++) {
    written.push(performance.now());
    appendFileSync(join(directory, 'mainlog'), `line ${i}\n`);
    await heard.until(i);
  }
  follower.close();
  const delays = written.map((at, i) => (heard.times[i] ?? Number.POSITIVE_INFINITY) - at).sort((a, b) => a - b);
  expect(delays[20]).toBeLessThan(5);
  expect(delays[39]).toBeLessThan(50);
});

test.each([
  ['<22>Nov 21 02:00:00 postfix/smtpd[12]: connect from a', 'postfix/smtpd[12]: connect from a'],
  ['<38>Nov  1 02:00:00 dovecot: imap-login: Login', 'dovecot: imap-login: Login'],
  ['no date here', 'no date here'],
])('of the syslog message %s its text is kept', (message, text) => {
  expect(syslogText(message)).toBe(text);
});
