import { stringify } from 'yaml';
import type { Actual } from '../actual.ts';
import { OUTCOME_KINDS } from '../outcomes/index.ts';
import type { Part } from './retrace.ts';

/** A comment longer than this is cut: the log has the rest. */
const COMMENT_LENGTH = 160;

/** A scenario file: what it is called, where it comes from, and what stands in it. */
export function scenarioText({ title, head, parts }: { title: string; head: readonly string[]; parts: readonly Part[] }): string {
  const told = new Set<string>();
  // What was said of a copy that waits on need not be said at each `expect`.
  const behind = (remark: string | undefined): string => {
    if (remark === undefined || told.has(remark)) return '';
    told.add(remark);
    return `  # ${comment(remark)}`;
  };
  return [...head, `scenario: ${inline(title)}`, 'steps:', ...parts.flatMap((part) => partLines(part, behind)), ''].join('\n');
}

type Behind = (remark: string | undefined) => string;

function partLines(part: Part, behind: Behind): string[] {
  switch (part.is) {
    case 'remark':
      return [`  # ${comment(part.text)}`];
    case 'step':
      return [`  - ${part.verb}: ${inline(part.value)}${behind(part.remark)}`];
    case 'expect': {
      const items = itemsOf(part.actuals, behind);
      return items.length === 0 ? ['  - expect: nothing'] : ['  - expect:', ...items.map((item) => `      - ${item}`)];
    }
  }
}

/** One line for each item; equal ones are one with a count. */
function itemsOf(actuals: readonly Actual[], behind: Behind): string[] {
  const items = new Map<string, { kind: string; value: object; remark: string | undefined; count: number }>();
  for (const actual of actuals) {
    const kind = OUTCOME_KINDS.find((one) => one.kind === actual.kind);
    const written = kind?.item(actual);
    if (kind === undefined || written === undefined) continue;
    const key = `${kind.kind} ${JSON.stringify(written.value)}`;
    const known = items.get(key);
    if (known === undefined) items.set(key, { kind: kind.kind, value: { ...Object(written.value) }, remark: written.remark, count: 1 });
    else known.count++;
  }
  return [...items.values()].map(({ kind, value, remark, count }) => `${kind}: ${inline(count === 1 ? value : { ...value, count })}${behind(remark)}`);
}

const comment = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > COMMENT_LENGTH ? `${line.slice(0, COMMENT_LENGTH - 3)}...` : line;
};

/** On one line, as the scenarios of this house are written: `{ to: [a, b] }`. */
export function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    return entries.length === 0 ? '{}' : `{ ${entries.map(([key, inner]) => `${inline(key)}: ${inline(inner)}`).join(', ')} }`;
  }
  // In quotation marks YAML reads what JSON writes.
  if (typeof value === 'string' && /[^ -~\u00a0-\uffff]/.test(value)) return JSON.stringify(value);
  // Between brackets more has to stand in quotation marks.
  return stringify([value], { collectionStyle: 'flow', lineWidth: 0 })
    .trim()
    .replace(/^\[ (.*) \]$/s, '$1');
}
