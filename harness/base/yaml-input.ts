import { type Document, isMap, isPair, isScalar, isSeq, LineCounter, type Node, type Pair, parseAllDocuments } from 'yaml';
import type { z } from 'zod';
import type { Diagnostic, Position } from './diagnostics.ts';
import { nearest } from './suggest.ts';

export type Path = readonly (string | number)[];

/** A place in the source and how many columns it spans there. */
export interface Span extends Position {
  length: number;
}

export type Checked<T> = { value: T; diagnostics: Diagnostic[] } | { value: undefined; diagnostics: Diagnostic[] };

interface CheckedValue {
  schema: z.ZodType;
  value: unknown;
  place: (path: Path) => Path;
}

/** One YAML document of a file, its plain value, and the way back from a path in it to the place in the file. */
export class YamlSource {
  readonly file: string;
  readonly value: unknown;
  readonly diagnostics: Diagnostic[] = [];
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;

  constructor(file: string, document: Document.Parsed, lines: LineCounter) {
    this.file = file;
    this.#document = document;
    this.#lines = lines;
    for (const problem of [...document.errors, ...document.warnings]) {
      const { line, col } = lines.linePos(problem.pos[0]);
      this.diagnostics.push({ file, line, col, code: 'yaml', message: (problem.message.split('\n')[0] ?? problem.code).replace(/ at line \d+.*$/, '') });
    }
    this.value = document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 100 });
  }

  /** Place of the value at a path; of the nearest parent that exists when the path leads nowhere. */
  at(path: Path): Span {
    return this.#span(this.#walk(path).node ?? this.#document.contents);
  }

  /** Place of the key (not the value) that a path ends in. */
  keyAt(path: Path): Span {
    const { pair, node } = this.#walk(path);
    return this.#span(isPair(pair) ? (pair.key as Node) : node);
  }

  /**
   * The value checked against a schema; every problem as a diagnostic at its place.
   * @param derived a value made from the document (a variant laid over it) and the place of each of its paths here
   */
  check<T>(schema: z.ZodType<T>, derived?: { value: unknown; place: (path: Path) => Path }): Checked<T> {
    if (this.diagnostics.length > 0) return { value: undefined, diagnostics: this.diagnostics };
    const value = derived === undefined ? this.value : derived.value;
    const result = schema.safeParse(value);
    if (result.success) return { value: result.data, diagnostics: [] };
    const place = derived?.place ?? ((path: Path) => path);
    return { value: undefined, diagnostics: result.error.issues.flatMap((issue) => this.#explain(issue, [], { schema, value, place })) };
  }

  /** true when the document itself has something at this path. */
  has(path: Path): boolean {
    return valueAt(this.value, path) !== undefined;
  }

  /** A diagnostic at a path, for checks that a schema cannot make. */
  problem(path: Path, code: string, message: string, more: Partial<Diagnostic> = {}): Diagnostic {
    return { ...this.at(path), code, message, ...more };
  }

  #walk(path: Path): { node: Node | null; pair?: Pair } {
    let node: Node | null = this.#document.contents;
    let pair: Pair | undefined;
    for (const step of path) {
      if (isMap(node)) {
        const found: Pair | undefined = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
        if (!found) return { node, pair };
        pair = found;
        node = (found.value ?? found.key) as Node;
      } else if (isSeq(node) && typeof step === 'number' && node.items[step]) {
        pair = undefined;
        node = node.items[step] as Node;
      } else return { node, pair };
    }
    return { node, pair };
  }

  #span(node: Node | null | undefined): Span {
    const [start, end] = node?.range ?? [0, 0];
    const { line, col } = this.#lines.linePos(start);
    return { file: this.file, line: Math.max(1, line), col: Math.max(1, col), length: Math.max(1, end - start) };
  }

  #explain(issue: z.core.$ZodIssue, prefix: Path, checked: CheckedValue): Diagnostic[] {
    const path: Path = [...prefix, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
    const { schema, value, place } = checked;
    const received = describe(valueAt(value, path));
    switch (issue.code) {
      case 'unrecognized_keys': {
        const known = keysAt(schema, path);
        return issue.keys.map((key) => {
          const meant = nearest(key, known);
          return {
            ...this.keyAt(place([...path, key])),
            code: 'unknown-key',
            message: `unknown key "${key}"`,
            received: key,
            ...(known.length > 0 ? { expected: `one of ${known.join(', ')}` } : {}),
            ...(meant === undefined ? {} : { hint: `did you mean "${meant}"?` }),
          };
        });
      }
      case 'invalid_union': {
        const branches = issue.errors.filter((errors) => errors.length > 0);
        const best = bestBranch(branches);
        if (best === undefined) return [{ ...this.at(place(path)), code: 'invalid-value', message: issue.message, received }];
        return best.flatMap((inner) => this.#explain(inner, path, checked));
      }
      case 'invalid_value': {
        const options = issue.values.map(String);
        const actual = valueAt(value, path);
        const meant = typeof actual === 'string' ? nearest(actual, options) : undefined;
        return [
          {
            ...this.at(place(path)),
            code: 'invalid-value',
            message: `${label(path)} has a value that is not known`,
            received,
            expected: options.length > 1 ? `one of ${options.join(', ')}` : options.join(''),
            ...(meant === undefined ? {} : { hint: `did you mean "${meant}"?` }),
          },
        ];
      }
      case 'invalid_type': {
        if (valueAt(value, path) === undefined) {
          return [{ ...this.at(place(path.slice(0, -1))), length: 1, code: 'missing-key', message: `${label(path)} is missing`, expected: issue.expected }];
        }
        return [{ ...this.at(place(path)), code: 'invalid-type', message: `${label(path)} has the wrong type`, received, expected: issue.expected }];
      }
      default:
        return [{ ...this.at(place(path)), code: 'invalid-value', message: `${label(path)}: ${issue.message}`, received }];
    }
  }
}

/** Reads a YAML 1.2 text of one or more documents; syntax errors are in each source's `diagnostics`. */
export function readYaml(file: string, text: string): YamlSource[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  return Array.isArray(parsed) ? parsed.map((document) => new YamlSource(file, document, lines)) : [];
}

/** Of the branches of a union, the one that came furthest: its first problem lies deepest, then the fewest problems. */
function bestBranch(branches: z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  const depth = (issues: z.core.$ZodIssue[]): number => Math.max(...issues.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 0.5 : 0)));
  return [...branches].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0];
}

function label(path: Path): string {
  const last = path.at(-1);
  return last === undefined ? 'the document' : typeof last === 'number' ? `item ${last + 1} of "${String(path.at(-2) ?? 'the list')}"` : `"${last}"`;
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Reflect.get(at, step);
  }
  return at;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing (null)';
  const text = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Keys that the object schema at a path knows, through optionals, unions, records and arrays. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let level: z.core.$ZodType[] = [schema];
  for (const step of path) level = level.flatMap(unwrap).flatMap((inner) => childOf(inner, step));
  return [...new Set(level.flatMap(unwrap).flatMap((inner) => Object.keys(shapeOf(inner) ?? {})))];
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  const def = schema._zod.def as z.core.$ZodTypeDef & { innerType?: z.core.$ZodType; in?: z.core.$ZodType; options?: z.core.$ZodType[]; getter?: () => z.core.$ZodType };
  if (def.type === 'union' && def.options) return def.options.flatMap(unwrap);
  if (def.type === 'lazy' && def.getter) return unwrap(def.getter());
  if (def.innerType) return unwrap(def.innerType);
  if (def.type === 'pipe' && def.in) return unwrap(def.in);
  return [schema];
}

function shapeOf(schema: z.core.$ZodType): Record<string, z.core.$ZodType> | undefined {
  const def = schema._zod.def as z.core.$ZodTypeDef & { shape?: Record<string, z.core.$ZodType> };
  return def.type === 'object' ? def.shape : undefined;
}

function childOf(schema: z.core.$ZodType, step: string | number): z.core.$ZodType[] {
  const def = schema._zod.def as z.core.$ZodTypeDef & { element?: z.core.$ZodType; valueType?: z.core.$ZodType };
  const child = shapeOf(schema)?.[step] ?? def.element ?? def.valueType;
  return child ? [child] : [];
}
