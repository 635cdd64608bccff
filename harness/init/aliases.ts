/** Where mail to a local part ends: with a user of the host, or at an address elsewhere. */
export type Ending = { user: string } | { address: string };

/** An entry of an alias file with all that its targets lead to. */
export interface AliasEntry {
  name: string;
  endings: Ending[];
}

export interface AliasFile {
  entries: AliasEntry[];
  /** Entries whose end cannot be told from the file: programs, files, lists in other files. */
  leftOut: { name: string; why: string }[];
}

/**
 * Reads an alias file as aliases(5) has it, and follows each entry through the others. Names are compared without case.
 * @param domains an address in one of these is a name of this file
 */
export function readAliases(text: string, domains: readonly string[]): AliasFile {
  const table = new Map(parse(text));
  const file: AliasFile = { entries: [], leftOut: [] };
  for (const name of table.keys()) {
    try {
      const endings = new Map(follow(name, table, domains, []).map((ending) => ['user' in ending ? ending.user : ending.address, ending]));
      file.entries.push({ name, endings: [...endings.values()] });
    } catch (error) {
      if (!(error instanceof Untold)) throw error;
      file.leftOut.push({ name, why: error.message });
    }
  }
  return file;
}

class Untold extends Error {}

/** `name: target, target`; a line that begins with a blank continues the one before. */
function parse(text: string): [string, string[]][] {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    if (/^\s/.test(line) && lines.length > 0) lines.push(`${lines.pop()} ${line.trim()}`);
    else lines.push(line);
  }
  return lines.flatMap((line): [string, string[]][] => {
    const [, quoted, plain, value = ''] = /^(?:"([^"]+)"|([^\s:]+))\s*:\s*(.*)$/.exec(line) ?? [];
    const name = quoted ?? plain;
    return name === undefined ? [] : [[name.toLowerCase(), targetsOf(value)]];
  });
}

/** Separated by commas, of which those in quotes are none. */
function targetsOf(value: string): string[] {
  return [...value.matchAll(/(?:"(?:\\.|[^"\\])*"|[^,"])+/g)].map(([target]) => target.trim().replace(/^"(.*)"$/, '$1')).filter((target) => target !== '');
}

function follow(name: string, table: ReadonlyMap<string, string[]>, domains: readonly string[], way: readonly string[]): Ending[] {
  const targets = table.get(name.toLowerCase());
  // A name that leads to itself is the user of that name.
  if (targets === undefined || way.includes(name.toLowerCase())) return [{ user: name.toLowerCase() }];
  if (targets.length === 0) throw new Untold('it has no target');
  return targets.flatMap((target): Ending[] => {
    if (/^[|/:]/.test(target)) throw new Untold(`it leads to ${target}`);
    if (target.startsWith('\\')) return [{ user: target.slice(1).toLowerCase() }];
    const at = target.lastIndexOf('@');
    if (at < 0) return follow(target, table, domains, [...way, name.toLowerCase()]);
    const domain = target.slice(at + 1).toLowerCase();
    return domains.includes(domain) ? follow(target.slice(0, at), table, domains, [...way, name.toLowerCase()]) : [{ address: `${target.slice(0, at)}@${domain}` }];
  });
}
