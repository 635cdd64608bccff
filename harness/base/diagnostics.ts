import { MailproofError } from './errors.ts';

/** A place in a file: line and column count from 1. */
export interface Position {
  file: string;
  line: number;
  col: number;
}

/** One thing that is wrong in an input file. All of a file's are collected before any is raised. */
export interface Diagnostic extends Position {
  /** Stable code, e.g. `unknown-key`; listed in docs/errors.md. */
  code: string;
  message: string;
  received?: string;
  expected?: string;
  /** What to do, e.g. `did you mean "steps"?` */
  hint?: string;
  /** How many columns the caret underlines; 1 unless told. */
  length?: number;
}

/** Raised with every diagnostic of the files read, never with only the first. */
export class InputError extends MailproofError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[], sources: ReadonlyMap<string, string>) {
    super('INPUT', renderDiagnostics(diagnostics, sources));
    this.name = 'InputError';
    this.diagnostics = diagnostics;
  }
}

/**
 * `file:line:col code message`, then the line, a caret, and what was received, expected, and to do.
 * @param sources text of each file by name, for the quoted line
 */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], sources: ReadonlyMap<string, string>): string {
  const sorted = [...diagnostics].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.col - b.col);
  return sorted.map((diagnostic) => renderOne(diagnostic, sources.get(diagnostic.file))).join('\n\n');
}

function renderOne(d: Diagnostic, source: string | undefined): string {
  const out = [`${d.file}:${d.line}:${d.col} ${d.code} ${d.message}`];
  const text = source?.split(/\r?\n/)[d.line - 1];
  if (text !== undefined) {
    const gutter = String(d.line);
    // Tabs stay tabs under the quoted line so that the caret lands where the editor shows it.
    const indent = text.slice(0, d.col - 1).replace(/[^\t]/g, ' ');
    const width = Math.max(1, Math.min(d.length ?? 1, text.length - d.col + 1));
    out.push(`  ${gutter} | ${text}`, `  ${' '.repeat(gutter.length)} | ${indent}${'^'.repeat(width)}`);
  }
  if (d.received !== undefined) out.push(`  received: ${d.received}`);
  if (d.expected !== undefined) out.push(`  expected: ${d.expected}`);
  if (d.hint !== undefined) out.push(`  ${d.hint}`);
  return out.join('\n');
}
