import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { readYaml } from '../../base/index.ts';
import { readWorld } from '../../world/index.ts';

type Plain = Record<string, unknown>;

/** Keys of a world file that are the configuration under test; all others are what is around it. */
const UNDER_TEST = ['entrance', 'hosts', 'databases', 'directories'] as const;

/**
 * A project in a temp folder with everything of head, scenarios and what is around the hosts, but the hosts of base. (Head
 * itself is run where it lies.)
 */
export class BaseProject {
  readonly root = mkdtempSync(path.join(tmpdir(), 'mailproof-base-'));
  /** What the reader must know of how it was put together. */
  readonly notes: string[] = [];
  readonly #base: string;
  /** An interrupted run ends the process without another word. */
  readonly #removeFolder = (): void => rmSync(this.root, { recursive: true, force: true });

  /** @param worlds names of the folders of scenarios/ that are in both */
  constructor(base: string, head: string, worlds: readonly string[]) {
    this.#base = base;
    process.once('exit', this.#removeFolder);
    for (const name of readdirSync(head)) if (!['scenarios', 'containers', '.git'].includes(name)) symlinkSync(path.join(head, name), path.join(this.root, name));
    // Images are part of what is under test. Without any of its own, base has those of mailproof, as head has.
    if (existsSync(path.join(base, 'containers'))) symlinkSync(path.join(base, 'containers'), path.join(this.root, 'containers'));
    for (const world of worlds) {
      const dir = this.dirOf(world);
      mkdirSync(path.dirname(dir), { recursive: true });
      cpSync(path.join(head, 'scenarios', world), dir, { recursive: true });
      const [ours, theirs] = [base, head].map((root) => plainOf(path.join(root, 'scenarios', world, 'world.yaml')));
      writeFileSync(path.join(dir, 'world.yaml'), this.#worldFile(world, dir, ours ?? {}, theirs ?? {}));
    }
  }

  dirOf(world: string): string {
    return path.join(this.root, 'scenarios', world);
  }

  remove(): void {
    process.off('exit', this.#removeFolder);
    this.#removeFolder();
  }

  #worldFile(world: string, dir: string, base: Plain, head: Plain): string {
    const mixed = stringify(this.#overlaysOfBase(mix(base, head)));
    const { diagnostics } = readWorld('world.yaml', mixed, dir);
    const [problem] = diagnostics;
    if (problem === undefined) return mixed;
    this.notes.push(
      `${world}: base runs in its own surroundings (dns, outside, clients, accounts of its world.yaml), since those of head do not fit its hosts: ${problem.message}`,
    );
    return stringify(this.#overlaysOfBase(base));
  }

  /** Overlays are files of base wherever the world file lies. */
  #overlaysOfBase(world: Plain): Plain {
    const hosts = (of: unknown): unknown =>
      mapped(of, (host) => (Array.isArray(host.files) ? { ...host, files: host.files.map((folder) => path.resolve(this.#base, String(folder))) } : host));
    return {
      ...world,
      hosts: hosts(world.hosts),
      variants: mapped(world.variants, (variant) => ('hosts' in variant ? { ...variant, hosts: hosts(variant.hosts) } : variant)),
    };
  }
}

/** The world of head with the hosts of base. Who draws it and which variants it has is base's business, too. */
function mix(base: Plain, head: Plain): Plain {
  const { flows: _flows, ...around } = head;
  const variants = Object.entries(plain(base.variants)).map(([name, own]) => [name, underTest(plain(own), plain(plain(head.variants)[name]))]);
  return { ...underTest(base, around), default: base.default, variants: Object.fromEntries(variants) };
}

function underTest(base: Plain, around: Plain): Plain {
  const rest = Object.fromEntries(Object.entries(around).filter(([key]) => key !== 'accounts' && !UNDER_TEST.some((own) => own === key)));
  const own = Object.fromEntries(UNDER_TEST.flatMap((key) => (key in base ? [[key, base[key]]] : [])));
  // Who has an account is around the hosts, where it is written down in them is not.
  const users = plain(around.accounts).users ?? plain(base.accounts).users;
  const accounts = 'accounts' in base ? { accounts: { ...plain(base.accounts), ...(users === undefined ? {} : { users }) } } : {};
  return { ...rest, ...own, ...accounts };
}

function plainOf(file: string): Plain {
  return plain(readYaml(file, readFileSync(file, 'utf8'))[0]?.value);
}

function plain(value: unknown): Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function mapped(value: unknown, change: (entry: Plain) => Plain): Plain {
  return Object.fromEntries(Object.entries(plain(value)).map(([name, entry]) => [name, entry === null ? null : change(plain(entry))]));
}
