import { closeSync, type FSWatcher, fstatSync, mkdirSync, openSync, readdirSync, readSync, type Stats, statSync, watch } from 'node:fs';
import { join } from 'node:path';

const CHUNK = 256 * 1024;
const COMPRESSED = /\.(gz|xz|bz2|zst)$/;

interface Followed {
  fd: number;
  offset: number;
  /** Bytes of a line whose end was not written yet. */
  rest: Buffer;
  source: string;
}

/** Hands over each line of each file in a directory (and those below it) as soon as it is written, also of files that appear later, are rotated or truncated. */
export class LogFollower {
  readonly #root: string;
  readonly #shown: string;
  readonly #onLine: (source: string, line: string) => void;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #files = new Map<string, Followed>();

  /** @param shown the directory's path as the host knows it, for `source` */
  constructor(root: string, shown: string, onLine: (source: string, line: string) => void) {
    this.#root = root;
    this.#shown = shown;
    this.#onLine = onLine;
  }

  start(): void {
    mkdirSync(this.#root, { recursive: true });
    this.#enter('');
  }

  /** Reads what was written up to now, without waiting for the kernel to say so. */
  catchUp(): void {
    for (const file of this.#files.values()) this.#read(file);
    for (const directory of [...this.#watchers.keys()]) for (const name of readdirSync(join(this.#root, directory))) this.#look(join(directory, name));
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    for (const file of this.#files.values()) closeSync(file.fd);
    this.#watchers.clear();
    this.#files.clear();
  }

  #enter(directory: string): void {
    if (this.#watchers.has(directory)) return;
    // Watched before it is listed, so that nothing that appears in between is missed.
    const watcher = watch(join(this.#root, directory), (_kind, name) => this.#look(join(directory, name ?? '')));
    watcher.on('error', () => this.#leave(directory));
    this.#watchers.set(directory, watcher);
    for (const name of readdirSync(join(this.#root, directory))) this.#look(join(directory, name));
  }

  #leave(directory: string): void {
    this.#watchers.get(directory)?.close();
    this.#watchers.delete(directory);
  }

  #look(path: string): void {
    if (COMPRESSED.test(path)) return;
    const full = join(this.#root, path);
    const stat = statSync(full, { throwIfNoEntry: false });
    if (stat === undefined) this.#readGone();
    else if (stat.isDirectory()) this.#enter(path);
    else if (stat.isFile()) this.#readFile(path, stat);
  }

  #readFile(path: string, stat: Stats): void {
    const id = `${stat.dev}:${stat.ino}`;
    const known = this.#files.get(id);
    const file: Followed = known ?? { fd: openSync(join(this.#root, path), 'r'), offset: 0, rest: Buffer.alloc(0), source: join(this.#shown, path) };
    this.#files.set(id, file);
    this.#read(file);
  }

  #read(file: Followed): void {
    const size = fstatSync(file.fd).size;
    if (size < file.offset) {
      file.offset = 0;
      file.rest = Buffer.alloc(0);
    }
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(1, size - file.offset)));
    for (let got = readSync(file.fd, buffer, 0, buffer.length, file.offset); got > 0; got = readSync(file.fd, buffer, 0, buffer.length, file.offset)) {
      file.offset += got;
      this.#lines(file, buffer.subarray(0, got));
    }
  }

  #lines(file: Followed, bytes: Buffer): void {
    let from = 0;
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
      const line = Buffer.concat([file.rest, bytes.subarray(from, end)]);
      file.rest = Buffer.alloc(0);
      from = end + 1;
      this.#onLine(file.source, line.toString('utf8'));
    }
    file.rest = Buffer.concat([file.rest, bytes.subarray(from)]);
  }

  /** A file was unlinked: what was written to it before is still to be read, then it is let go. */
  #readGone(): void {
    for (const [id, file] of this.#files) {
      if (fstatSync(file.fd).nlink > 0) continue;
      this.#read(file);
      closeSync(file.fd);
      this.#files.delete(id);
    }
  }
}
