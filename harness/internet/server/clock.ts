import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type WorldTime, worldTime } from '../../base/index.ts';
import type { ClockState } from '../protocol.ts';
import { Problem } from './problem.ts';

const ENTRIES = 4096;
const ENTRY_BYTES = 16;
const COUNT_BYTES = 8;

/**
 * World time = real time + offset, and a clock file for each host that its preload library has mapped:
 * a count (int64) and {real instant, offset} pairs (int64 nanoseconds each), little endian.
 */
export class WorldClock {
  #offsetMs = 0;
  readonly #directory: string;
  readonly #files = new Map<string, ClockFile>();

  /** @param directory volume that the hosts see read-only */
  constructor(directory: string) {
    this.#directory = directory;
  }

  now(): WorldTime {
    return worldTime(Date.now() + this.#offsetMs);
  }

  /** Makes the clock file of a host; it must exist before the host's first program starts. */
  addHost(host: string, skewMs: number): void {
    const file = new ClockFile(join(this.#directory, host), skewMs);
    this.#files.set(host, file);
    if (skewMs !== 0) file.append(this.#offsetMs);
  }

  /** Moves every host's clock. @throws Problem 400 when it would go back: servers stall when time does (Dovecot for minutes) */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new Problem(400, 'clock-back', `the world's clock only goes forward, not by ${ms} ms`);
    this.#offsetMs += ms;
    for (const file of this.#files.values()) file.append(this.#offsetMs);
  }

  skew(host: string, skewMs: number): void {
    const file = this.#files.get(host);
    if (file === undefined) throw new Problem(404, 'unknown-host', `no host "${host}" has a clock`);
    file.skewMs = skewMs;
    file.append(this.#offsetMs);
  }

  state(): ClockState {
    return {
      now: this.now(),
      offsetMs: this.#offsetMs,
      skews: Object.fromEntries([...this.#files].filter(([, file]) => file.skewMs !== 0).map(([host, file]) => [host, file.skewMs])),
    };
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }
}

class ClockFile {
  skewMs: number;
  #count = 0;
  readonly #fd: number;
  readonly #path: string;

  constructor(path: string, skewMs: number) {
    this.skewMs = skewMs;
    this.#path = path;
    // Never truncated or replaced: processes have it mapped.
    this.#fd = openSync(path, 'w+', 0o644);
    ftruncateSync(this.#fd, COUNT_BYTES + ENTRIES * ENTRY_BYTES);
  }

  append(worldOffsetMs: number): void {
    if (this.#count >= ENTRIES) throw new Problem(409, 'clock-full', `${this.#path} has room for ${ENTRIES} jumps only`, 'start a new world instance');
    const entry = Buffer.alloc(ENTRY_BYTES);
    entry.writeBigInt64LE(BigInt(Date.now()) * 1_000_000n, 0);
    entry.writeBigInt64LE(BigInt(Math.round(worldOffsetMs + this.skewMs)) * 1_000_000n, 8);
    writeSync(this.#fd, entry, 0, ENTRY_BYTES, COUNT_BYTES + this.#count * ENTRY_BYTES);
    this.#count++;
    const count = Buffer.alloc(COUNT_BYTES);
    count.writeBigInt64LE(BigInt(this.#count));
    // Last, so that a reader never sees an entry that is not there yet.
    writeSync(this.#fd, count, 0, COUNT_BYTES, 0);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
