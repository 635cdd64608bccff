import { type Diagnostic, nearest, type Path, type YamlSource } from '../base/index.ts';

export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** A value with `${name}` filled in, and the way from its paths back to those of the document. */
export interface Filled {
  value: unknown;
  place: (path: Path) => Path;
  /** Names that no row gives, with their place in the document. */
  unknown: { name: string; path: Path }[];
  used: Set<string>;
}

/** Filled in when the scenario starts: a token of its own for every run, for Message-IDs, subjects and domains. */
export const RUN_TOKEN = 'run';

const PLACEHOLDER = /\$\{([^{}]*)\}/g;
const WHOLE = /^\$\{([^{}]*)\}$/;

/**
 * Replaces `${name}` in every text and key. A text that is nothing but one placeholder becomes the row's value with
 * its type, so that `code: ${code}` stays a number.
 */
export function fillIn(value: unknown, row: Row): Filled {
  const filled: Filled = { value: undefined, place: (path) => path, unknown: [], used: new Set() };
  const renamed = new Map<string, string>();
  const known = (name: string, path: Path): boolean => {
    if (Object.hasOwn(row, name)) {
      filled.used.add(name);
      return true;
    }
    if (name !== RUN_TOKEN) filled.unknown.push({ name, path });
    return false;
  };
  const fillText = (text: string, path: Path): unknown => {
    const whole = WHOLE.exec(text)?.[1]?.trim();
    if (whole !== undefined) return known(whole, path) ? row[whole] : text;
    return text.replace(PLACEHOLDER, (all, name: string) => (known(name.trim(), path) ? String(row[name.trim()]) : all));
  };
  const walk = (at: unknown, path: Path, newPath: Path): unknown => {
    if (typeof at === 'string') return fillText(at, path);
    if (Array.isArray(at)) return at.map((item: unknown, i) => walk(item, [...path, i], [...newPath, i]));
    if (typeof at !== 'object' || at === null) return at;
    const out: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(at)) {
      const newKey = String(fillText(key, [...path, key]));
      if (newKey !== key) renamed.set(JSON.stringify([...newPath, newKey]), key);
      out[newKey] = walk(item, [...path, key], [...newPath, newKey]);
    }
    return out;
  };
  filled.value = walk(value, [], []);
  filled.place = (path) => path.map((step, i) => renamed.get(JSON.stringify(path.slice(0, i + 1))) ?? step);
  return filled;
}

/** The rows of `examples:`, checked; one empty row where a scenario has none. */
export function readRows(source: YamlSource): { rows: Row[]; diagnostics: Diagnostic[] } {
  const { value } = source;
  const examples = isMap(value) ? value.examples : undefined;
  if (examples === undefined) return { rows: [{}], diagnostics: [] };
  if (!Array.isArray(examples) || examples.length === 0) {
    return { rows: [{}], diagnostics: [source.problem(['examples'], 'invalid-type', '"examples" is not a list of rows', { expected: '- { name: value, ... }' })] };
  }
  const diagnostics: Diagnostic[] = [];
  const rows: Row[] = [];
  for (const [index, row] of examples.entries()) {
    if (isRow(row)) rows.push(row);
    else diagnostics.push(source.problem(['examples', index], 'invalid-type', `row ${index + 1} of "examples" is not a map of names to plain values`));
  }
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  examples.forEach((row: unknown, index) => {
    const missing = isRow(row) ? names.filter((name) => !Object.hasOwn(row, name)) : [];
    if (missing.length > 0)
      diagnostics.push(source.problem(['examples', index], 'missing-key', `row ${index + 1} of "examples" lacks ${missing.map((name) => `"${name}"`).join(', ')}`));
    if (isRow(row) && Object.hasOwn(row, RUN_TOKEN))
      diagnostics.push(source.problem(['examples', index, RUN_TOKEN], 'reserved-name', `"${RUN_TOKEN}" is the token of each run and cannot be a column`));
  });
  return { rows: rows.length > 0 ? rows : [{}], diagnostics };
}

/** Placeholders that no row gives, and columns that nothing uses. */
export function checkPlaceholders(source: YamlSource, filled: readonly Filled[], rows: readonly Row[]): Diagnostic[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const used = new Set(filled.flatMap((one) => [...one.used]));
  const unknown = filled.flatMap((one) => one.unknown);
  return [
    ...unknown.map(({ name, path }) => {
      const meant = nearest(name, [...names, RUN_TOKEN]);
      return source.problem(path, 'unknown-placeholder', `no example gives \${${name}}`, {
        received: name,
        expected: [...names, RUN_TOKEN].length > 1 ? `one of ${[...names, RUN_TOKEN].join(', ')}` : `a column of that name in "examples", or ${RUN_TOKEN}`,
        ...(meant === undefined ? {} : { hint: `did you mean \${${meant}}?` }),
      });
    }),
    ...names
      .filter((name) => !used.has(name) && name !== RUN_TOKEN)
      .map((name) => source.problem(['examples', 0, name], 'unused-column', `nothing in the scenario uses \${${name}}`)),
  ];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRow(value: unknown): value is Row {
  return isMap(value) && Object.values(value).every((cell) => cell === null || ['string', 'number', 'boolean'].includes(typeof cell));
}
