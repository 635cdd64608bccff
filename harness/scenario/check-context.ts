import { type Diagnostic, nearest, type Path, type YamlSource } from '../base/index.ts';
import { normalName, type WorldModel } from '../world/index.ts';

/** What is known of a scenario at one of its steps, for the checks that a schema cannot make. */
export class CheckContext {
  readonly model: WorldModel;
  readonly diagnostics: Diagnostic[] = [];
  /** Labels of the messages sent so far; undefined for one without. */
  readonly sent: (string | undefined)[] = [];
  /** Labels of the streams that were begun so far, and how many messages each has. */
  readonly streams = new Map<string, number>();
  /** Labels of the connections that were opened so far. */
  readonly connections: string[] = [];
  readonly users: Set<string>;
  readonly #domains: Set<string>;
  readonly #source: YamlSource;
  readonly #place: (path: Path) => Path;
  #prefix: Path = [];

  constructor(model: WorldModel, source: YamlSource, place: (path: Path) => Path) {
    this.model = model;
    this.#source = source;
    this.#place = place;
    this.users = new Set(Object.keys(model.accounts?.users ?? {}));
    this.#domains = new Set(model.outside.map((party) => party.domain));
  }

  /** Paths given from now on are inside the value of this step. */
  enter(prefix: Path): void {
    this.#prefix = prefix;
  }

  /** Paths that `check` gives are inside this part of the value. */
  within(part: Path, check: () => void): void {
    const before = this.#prefix;
    this.#prefix = [...before, ...part];
    check();
    this.#prefix = before;
  }

  problem(path: Path, code: string, message: string, more: Partial<Diagnostic> = {}): void {
    this.diagnostics.push(this.#source.problem(this.#place([...this.#prefix, ...path]), code, message, more));
  }

  /** Says so when a name is not one of those that exist. */
  known(path: Path, what: string, name: string, names: readonly string[], where = 'in this world'): boolean {
    if (names.includes(name)) return true;
    const meant = nearest(name, names);
    this.problem(path, `unknown-${what.replaceAll(' ', '-')}`, `no ${what} "${name}" ${where}`, {
      received: name,
      expected: names.length === 0 ? `there is no ${what} ${where}` : `one of ${names.join(', ')}`,
      ...(meant === undefined ? {} : { hint: `did you mean "${meant}"?` }),
    });
    return false;
  }

  host(path: Path, name: string): boolean {
    return this.known(
      path,
      'host',
      name,
      this.model.hosts.map((host) => host.name),
    );
  }

  user(path: Path, name: string): boolean {
    return this.known(path, 'account', name, [...this.users]);
  }

  /** An outside domain of the world file or one that this scenario made. */
  outsideDomain(path: Path, name: string): boolean {
    return this.known(path, 'outside domain', normalName(name), [...this.#domains]);
  }

  madeDomain(name: string): void {
    this.#domains.add(normalName(name));
  }

  /** A host of the world, an outside domain, or an address. */
  end(path: Path, name: string): boolean {
    if (/^[\d.]+$|:/.test(name)) return true;
    return this.known(path, 'host or outside domain', name, [...this.model.hosts.map((host) => host.name), ...this.#domains]);
  }

  /** A label or the how-manyeth message, which must have been sent before. */
  message(path: Path, message: string | number): void {
    if (typeof message === 'number') {
      if (message > this.sent.length)
        this.problem(
          path,
          'unknown-message',
          `message ${message} is not sent before this step: ${this.sent.length === 0 ? 'nothing is' : `${this.sent.length} ${this.sent.length === 1 ? 'is' : 'are'}`}`,
          { received: String(message) },
        );
      return;
    }
    this.known(
      path,
      'message',
      message,
      this.sent.filter((label) => label !== undefined),
      'is sent before this step',
    );
  }
}
