import type { ObservedReply } from '../result.ts';

/** Follows the mail transactions in a raw session, to know which messages the server took and for whom (RFC 5321 section 3.3). */
export class Transaction {
  #from: string | undefined;
  #to: string[] = [];
  #data: Buffer[] | undefined;
  #dotSent = false;

  /** true after 354: what is written now is the message. */
  get inData(): boolean {
    return this.#data !== undefined && !this.#dotSent;
  }

  /** Bytes of the message, as they go over the wire. @returns true when the final dot was among them */
  content(bytes: Buffer): boolean {
    if (this.#data === undefined) return false;
    this.#data.push(bytes);
    const tail = Buffer.concat(this.#data).subarray(-5).toString('latin1');
    this.#dotSent = tail === '\r\n.\r\n' || Buffer.concat(this.#data).toString('latin1') === '.\r\n';
    return this.#dotSent;
  }

  /** A reply to a command, by the name the command has in observations. @returns the message that was taken, if this reply took one */
  replied(reply: ObservedReply): { from: string; to: string[]; raw: Buffer } | undefined {
    const good = reply.code < 400;
    const path = /^(MAIL FROM|RCPT TO):<?(.*?)>?$/.exec(reply.to);
    if (path?.[1] === 'MAIL FROM' && good) [this.#from, this.#to] = [path[2] ?? '', []];
    else if (path?.[1] === 'RCPT TO' && good) this.#to.push(path[2] ?? '');
    else if (reply.to === 'DATA' && reply.code === 354) [this.#data, this.#dotSent] = [[], false];
    else if (/^(RSET|EHLO|HELO)$/.test(reply.to) && good) this.#reset();
    else if (reply.to === 'dot') {
      const taken =
        reply.code < 300 && this.#from !== undefined && this.#data !== undefined ? { from: this.#from, to: this.#to, raw: unstuffed(Buffer.concat(this.#data)) } : undefined;
      this.#reset();
      return taken;
    }
    return undefined;
  }

  /** The message that was sent to its final dot and has had no reply. */
  get unanswered(): { from: string; to: string[]; raw: Buffer } | undefined {
    return this.#dotSent && this.#from !== undefined && this.#data !== undefined ? { from: this.#from, to: this.#to, raw: unstuffed(Buffer.concat(this.#data)) } : undefined;
  }

  #reset(): void {
    this.#from = undefined;
    this.#to = [];
    this.#data = undefined;
    this.#dotSent = false;
  }
}

/** The message without its final dot and the dots that transparency added (RFC 5321 section 4.5.2). */
function unstuffed(wire: Buffer): Buffer {
  const text = wire.toString('latin1').replace(/(^|\r\n)\.\r\n$/, '$1');
  return Buffer.from(text.replace(/(^|\r\n)\.(?=[^\r\n])/g, '$1'), 'latin1');
}

/** A message in the form in which it goes over the wire, without the final dot. */
export function stuffed(message: Buffer): Buffer {
  const text = message.toString('latin1').replace(/(^|\r\n)\./g, '$1..');
  return Buffer.from(text.endsWith('\r\n') ? text : `${text}\r\n`, 'latin1');
}
