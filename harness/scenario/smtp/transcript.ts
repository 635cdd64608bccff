import type { TranscriptLine } from '../../internet/index.ts';

/** What was said in one session, line by line, with the time since it began. */
export class Transcript {
  readonly lines: TranscriptLine[] = [];
  readonly #began = performance.now();
  tls = false;

  client(text: string): void {
    this.#add(this.tls ? '~>' : '->', text);
  }

  /** A whole reply; a refusal gets the mark of one. */
  server(raw: string): void {
    const refused = /^[45]/.test(raw);
    for (const line of raw.replace(/\r?\n$/, '').split(/\r?\n/)) this.#add(this.tls ? (refused ? '<~*' : '<~') : refused ? '<**' : '<-', line);
  }

  note(text: string): void {
    this.#add('--', text);
  }

  #add(mark: TranscriptLine['mark'], text: string): void {
    this.lines.push({ ms: Math.round((performance.now() - this.#began) * 10) / 10, mark, text });
  }
}
