import type { TranscriptLine } from '../../internet/index.ts';

/** Stands for what would let a reader of a report log in. */
export const SECRET = '***';

/** AUTH with its initial response (RFC 4954 section 4), as a line or within bytes that are shown quoted. */
const AUTH = /^((?:\(\d+ bytes\) ")?AUTH[ \t]+[^\s"\\]+)(?:([ \t]+)[^\s"\\]+)?/i;

/** What was said in one session, line by line, with the time since it began; passwords are left out. */
export class Transcript {
  readonly lines: TranscriptLine[] = [];
  readonly #began = performance.now();
  tls = false;
  /** An AUTH is under way: what the client says now is a response to a challenge. */
  #authenticating = false;

  client(text: string): void {
    this.#add(this.tls ? '~>' : '->', this.#withoutSecrets(text));
  }

  /** A whole reply; a refusal gets the mark of one. */
  server(raw: string): void {
    const refused = /^[45]/.test(raw);
    this.#authenticating = raw.startsWith('334');
    for (const line of raw.replace(/\r?\n$/, '').split(/\r?\n/)) this.#add(this.tls ? (refused ? '<~*' : '<~') : refused ? '<**' : '<-', line);
  }

  note(text: string): void {
    this.#add('--', text);
  }

  #withoutSecrets(text: string): string {
    if (AUTH.test(text)) {
      this.#authenticating = true;
      return text.replace(AUTH, (_whole, command: string, space?: string) => (space === undefined ? command : `${command}${space}${SECRET}`));
    }
    // `*` gives the exchange up.
    return this.#authenticating && text !== '*' ? SECRET : text;
  }

  #add(mark: TranscriptLine['mark'], text: string): void {
    this.lines.push({ ms: Math.round((performance.now() - this.#began) * 10) / 10, mark, text });
  }
}
