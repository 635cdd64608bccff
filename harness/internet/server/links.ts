import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { HUB_SYSCTLS, type LinkRequest } from '../protocol.ts';
import type { Firewall } from './firewall.ts';
import { Problem } from './problem.ts';
import { shell } from './shell.ts';

interface SlowLink {
  mark: number;
  process: ChildProcess;
  pairs: [string, string][];
}

const FIRST_MARK = 101;

/** Cuts and delays between two ends; each end is one or more addresses. */
export class Links {
  readonly #firewall: Firewall;
  readonly #addressesOf: (end: string) => string[];
  readonly #cut = new Map<string, [string, string][]>();
  readonly #slow = new Map<string, SlowLink>();
  #nextMark = FIRST_MARK;

  constructor(firewall: Firewall, addressesOf: (end: string) => string[]) {
    this.#firewall = firewall;
    this.#addressesOf = addressesOf;
  }

  async change({ action, between, delayMs = 0, loseOneIn = 0 }: LinkRequest): Promise<void> {
    const key = [...between].sort().join(' ');
    const pairs = this.#pairs(between);
    if (action === 'cut') this.#cut.set(key, pairs);
    else {
      this.#cut.delete(key);
      this.#end(key);
    }
    if (action === 'slow') {
      if (delayMs <= 0 && loseOneIn <= 0) throw new Problem(400, 'bad-link', `slow between ${between.join(' and ')} needs a delay or a loss`);
      checkSettings();
      const mark = this.#nextMark++;
      this.#slow.set(key, { mark, process: await delayDevice(mark, delayMs, loseOneIn), pairs });
    }
    await this.#firewall.setPairs(
      [...this.#cut.values()].flat(),
      [...this.#slow.values()].flatMap(({ mark, pairs: slowed }) => slowed.map((pair) => ({ pair, mark }))),
    );
  }

  close(): void {
    for (const key of this.#slow.keys()) this.#end(key);
  }

  #end(key: string): void {
    this.#slow.get(key)?.process.kill('SIGTERM');
    this.#slow.delete(key);
  }

  #pairs([one, other]: [string, string]): [string, string][] {
    const [left, right] = [this.#addressesOf(one), this.#addressesOf(other)];
    return left.flatMap((a) =>
      right
        .filter((b) => isIPv6(a) === isIPv6(b))
        .flatMap((b): [string, string][] => [
          [a, b],
          [b, a],
        ]),
    );
  }
}

/** Packets with this mark go through a TUN device whose program holds or drops them, and come back as if they had just arrived. */
export async function delayDevice(mark: number, delayMs: number, loseOneIn: number): Promise<ChildProcess> {
  const device = `delay${mark}`;
  const child = spawn('wire-delay', [device, String(Math.round(delayMs)), String(Math.round(loseOneIn))], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      if (/ready/.test(said)) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', (error) => reject(new Problem(500, 'hub-command', `the hub could not start wire-delay: ${error.message}`)));
    child.once('exit', (status) => reject(new Problem(500, 'hub-command', `wire-delay ended with status ${status}: ${said.trim()}`)));
  });
  await shell(
    ['-4', '-6'].map((family) => `ip ${family} route replace default dev ${device} table ${mark}\nip ${family} rule add pref 2 fwmark ${mark} lookup ${mark}`).join('\n'),
    'route packets through a delay',
  );
  return child;
}

/** @throws Problem 500 where the container was made without the settings that delayed packets need: they would vanish without a word */
function checkSettings(): void {
  const wrong = Object.entries(HUB_SYSCTLS).filter(([name, value]) => readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim() !== value);
  if (wrong.length > 0)
    throw new Problem(
      500,
      'hub-settings',
      `links cannot be slowed: the hub runs without ${wrong.map((setting) => setting.join('=')).join(', ')}`,
      'create its container with HUB_SYSCTLS',
    );
}
