import type { ObservedReply } from '../result.ts';
import { commandName, readReply } from './replies.ts';
import { Transcript } from './transcript.ts';

/** Puts the log of nodemailer's connection into a transcript, and pairs each command with its reply (FIFO, RFC 2920). */
export class SessionLog {
  readonly transcript = new Transcript();
  readonly replies: ObservedReply[] = [];
  #pending: string[] = ['connect'];
  #inData = false;

  get waitingFor(): string | undefined {
    return this.#pending[0];
  }

  get messageSent(): boolean {
    return this.#pending.includes('dot');
  }

  log(fields: unknown, text: string): void {
    const kind = typeof fields === 'object' && fields !== null && 'tnx' in fields ? fields.tnx : undefined;
    if (kind === 'client') {
      this.transcript.client(text);
      const last = this.replies.at(-1);
      // What follows a 334 is no command but the answer to it (RFC 4954 section 4).
      this.#pending.push(text === '.' ? 'dot' : last?.code === 334 ? last.to : commandName(text));
    } else if (kind === 'server') {
      this.transcript.server(text);
      const command = this.#pending.shift() ?? (this.#inData ? 'dot' : 'unasked');
      if (command === 'dot') this.#inData = false;
      const reply = readReply(command, text, this.transcript.tls);
      if (command === 'DATA' && reply.code === 354) this.#inData = true;
      this.replies.push(reply);
    } else if (kind === 'message' && this.#inData) {
      this.transcript.client(text);
      this.#pending.push('dot');
    } else if (text === 'Connection upgraded with STARTTLS') {
      this.transcript.note('TLS is on');
      this.transcript.tls = true;
    }
  }
}
