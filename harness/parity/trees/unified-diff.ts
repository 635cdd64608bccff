const CONTEXT = 3;
/** Files that have less in common than this are shown as taken away and written anew: looking further costs the square of it. */
const MOST_EDITS = 3000;

export interface UnifiedDiff {
  added: number;
  removed: number;
  /** Hunks with their `@@` lines, without the lines that name the files. */
  lines: string[];
}

type Edit = { mark: ' ' | '-' | '+'; text: string };

/** Difference of two texts, line by line, as `diff -u` shows it. */
export function unifiedDiff(before: string, after: string): UnifiedDiff {
  const edits = editsBetween(linesOf(before), linesOf(after));
  const count = (mark: Edit['mark']): number => edits.filter((edit) => edit.mark === mark).length;
  return { added: count('+'), removed: count('-'), lines: hunks(edits) };
}

function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  else lines.push('\\ No newline at end of file');
  return lines;
}

function editsBetween(a: readonly string[], b: readonly string[]): Edit[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const same = (lines: readonly string[]): Edit[] => lines.map((text) => ({ mark: ' ', text }));
  return [...same(a.slice(0, start)), ...shortestEdits(a.slice(start, a.length - end), b.slice(start, b.length - end)), ...same(a.slice(a.length - end))];
}

/** Myers, "An O(ND) difference algorithm and its variations" (1986): furthest reaching paths, then back along them. */
function shortestEdits(a: readonly string[], b: readonly string[]): Edit[] {
  const whole = (): Edit[] => [...a.map((text): Edit => ({ mark: '-', text })), ...b.map((text): Edit => ({ mark: '+', text }))];
  if (a.length === 0 || b.length === 0) return whole();
  const reach = new Map<number, number>([[1, 0]]);
  const at = (k: number): number => reach.get(k) ?? -1;
  const history: Map<number, number>[] = [];
  for (let d = 0; d <= Math.min(a.length + b.length, MOST_EDITS); d++) {
    history.push(new Map(reach));
    for (let k = -d; k <= d; k += 2) {
      let x = k === -d || (k !== d && at(k - 1) < at(k + 1)) ? at(k + 1) : at(k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      reach.set(k, x);
      if (x >= a.length && x - k >= b.length) return walkBack(a, b, history);
    }
  }
  return whole();
}

function walkBack(a: readonly string[], b: readonly string[], history: readonly Map<number, number>[]): Edit[] {
  const edits: Edit[] = [];
  let [x, y] = [a.length, b.length];
  for (let d = history.length - 1; d >= 0; d--) {
    const at = (k: number): number => history[d]?.get(k) ?? -1;
    const k = x - y;
    const from = k === -d || (k !== d && at(k - 1) < at(k + 1)) ? k + 1 : k - 1;
    const [fromX, fromY] = [at(from), at(from) - from];
    while (x > fromX && y > fromY && x > 0 && y > 0) {
      x--;
      y--;
      edits.push({ mark: ' ', text: a[x] ?? '' });
    }
    if (d === 0) break;
    edits.push(from === k + 1 ? { mark: '+', text: b[fromY] ?? '' } : { mark: '-', text: a[fromX] ?? '' });
    [x, y] = [fromX, fromY];
  }
  return edits.reverse();
}

function hunks(edits: readonly Edit[]): string[] {
  const out: string[] = [];
  const changed = edits.flatMap((edit, index) => (edit.mark === ' ' ? [] : [index]));
  for (let i = 0; i < changed.length; ) {
    let last = i;
    while (last + 1 < changed.length && (changed[last + 1] ?? 0) - (changed[last] ?? 0) <= 2 * CONTEXT) last++;
    const from = Math.max(0, (changed[i] ?? 0) - CONTEXT);
    const part = edits.slice(from, (changed[last] ?? 0) + CONTEXT + 1);
    const range = (side: '-' | '+'): string => {
      const lines = part.filter(({ mark }) => mark === ' ' || mark === side).length;
      const before = edits.slice(0, from).filter(({ mark }) => mark === ' ' || mark === side).length;
      return `${side}${lines === 0 ? before : before + 1},${lines}`;
    };
    out.push(`@@ ${range('-')} ${range('+')} @@`, ...part.map(({ mark, text }) => `${mark}${text}`));
    i = last + 1;
  }
  return out;
}
