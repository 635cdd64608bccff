import type { Stage, TranscriptLine } from '../../protocol.ts';

/** What the hub notes of one SMTP session with an outside receiver. */
export class Session {
  readonly id: string;
  readonly client: string;
  readonly lines: TranscriptLine[] = [];
  secure = false;
  tls: { version: string; cipher: string } | false = false;
  /** Where the session is: the stage whose reply is next. */
  stage: Stage = 'connect';
  /** The next refusal event says what of the envelope it was about. */
  from: string | undefined;
  asked: string | undefined;
  messageId: string | undefined;
  readonly #began = performance.now();

  constructor(id: string, client: string) {
    this.id = id;
    this.client = client;
  }

  clientSaid(text: string): void {
    this.#note(this.secure ? '~>' : '->', text);
  }

  serverSaid(payload: string): void {
    for (const text of payload.split('\r\n')) {
      const refused = /^[45]/.test(text);
      this.#note(this.secure ? (refused ? '<~*' : '<~') : refused ? '<**' : '<-', text);
    }
  }

  remark(text: string): void {
    this.#note('--', text);
  }

  #note(mark: TranscriptLine['mark'], text: string): void {
    this.lines.push({ ms: Math.round((performance.now() - this.#began) * 10) / 10, mark, text });
  }
}

const VERBS: Readonly<Record<string, Stage>> = { HELO: 'ehlo', EHLO: 'ehlo', STARTTLS: 'starttls', AUTH: 'auth', MAIL: 'mail', RCPT: 'rcpt', DATA: 'data' };

/** The stage that a command asks for; undefined for those that are none (RSET, NOOP, QUIT). */
export function stageOf(command: string): Stage | undefined {
  return VERBS[command.split(' ', 1)[0]?.toUpperCase() ?? ''];
}

/** The Message-ID of a message without its angle brackets, from the header section only. */
export function messageIdOf(raw: Buffer): string | undefined {
  const end = raw.indexOf('\r\n\r\n');
  const header = raw
    .subarray(0, end < 0 ? Math.min(raw.length, 65_536) : end)
    .toString('latin1')
    .replace(/\r\n[ \t]+/g, ' ');
  return /^message-id:\s*<?([^\s>]+)/im.exec(header)?.[1];
}
