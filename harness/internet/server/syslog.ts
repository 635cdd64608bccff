import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';

/** `<22>Nov 21 10:00:00 ` before the tag: priority and glibc's own date, which no preload library can move. */
const PRIORITY = /^<\d{1,3}>/;
const DATE = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d /;

/** What a server meant to say: `postfix/smtpd[12]: connect from ...`. */
export function syslogText(message: string): string {
  return message.replace(PRIORITY, '').replace(DATE, '').trimEnd();
}

/**
 * A host's /dev/log: a unix stream socket, to which glibc's syslog(3) falls back when a datagram one refuses;
 * each message ends with NUL.
 */
export class SyslogServer {
  readonly #server: Server;
  readonly #path: string;

  constructor(path: string, onLine: (line: string) => void) {
    this.#path = path;
    this.#server = createServer((socket) => {
      const parts: Buffer[] = [];
      const say = (bytes: Buffer): void => {
        const line = syslogText(bytes.toString('utf8'));
        if (line !== '') onLine(line);
      };
      socket.on('data', (chunk) => {
        let from = 0;
        for (let i = 0; i < chunk.length; i++) {
          if (chunk[i] !== 0 && chunk[i] !== 0x0a) continue;
          say(Buffer.concat([...parts.splice(0), chunk.subarray(from, i)]));
          from = i + 1;
        }
        if (from < chunk.length) parts.push(chunk.subarray(from));
      });
      socket.on('end', () => say(Buffer.concat(parts)));
      // A process that was killed leaves a reset behind; what it said was read.
      socket.on('error', () => {});
    });
  }

  listen(): Promise<void> {
    rmSync(this.#path, { force: true });
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#path, () => {
        // Every user of the host may log.
        chmodSync(this.#path, 0o666);
        resolve();
      });
    });
  }

  close(): void {
    this.#server.close();
  }
}
