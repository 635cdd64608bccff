import type { Change, ClockNow, Deed, HostState, LinkState, Move, OutsideState, Row, Snapshot } from '../wire.ts';

/** So many the server sends in a snapshot, too. */
const MOST_DEEDS = 1500;

type What = 'rows' | 'hosts' | 'clock' | 'links' | 'outside' | 'deeds' | 'lost';

/** What the page knows of the world: a snapshot, and every change since. */
export class Store {
  instance = '';
  hosts: HostState[] = [];
  clock: ClockNow = { offsetMs: 0, skews: {} };
  links: LinkState[] = [];
  outside: OutsideState[] = [];
  deeds: Deed[] = [];
  dropped = 0;
  most = 0;
  lost = '';
  /** Oldest first. */
  rows: Row[] = [];
  readonly #byId = new Map<string, Row>();
  readonly #listeners = new Set<(what: ReadonlySet<What>) => void>();
  readonly #movers = new Set<(move: Move) => void>();

  row(id: string): Row | undefined {
    return this.#byId.get(id);
  }

  /** Calls back when something of the world has changed. */
  onChange(listener: (what: ReadonlySet<What>) => void): void {
    this.#listeners.add(listener);
  }

  onMove(mover: (move: Move) => void): void {
    this.#movers.add(mover);
  }

  begin(snapshot: Snapshot): void {
    this.instance = snapshot.instance;
    this.hosts = snapshot.hosts;
    this.clock = snapshot.clock;
    this.links = snapshot.links;
    this.outside = snapshot.outside;
    this.deeds = snapshot.deeds;
    this.dropped = snapshot.dropped;
    this.most = snapshot.most;
    this.lost = '';
    this.#byId.clear();
    for (const row of snapshot.rows) this.#byId.set(row.id, row);
    this.#sort();
    this.#tell(new Set(['rows', 'hosts', 'clock', 'links', 'outside', 'deeds', 'lost']));
  }

  take(changes: readonly Change[]): void {
    const what = new Set<What>();
    for (const change of changes) {
      switch (change.type) {
        case 'row':
          this.#byId.set(change.row.id, change.row);
          what.add('rows');
          break;
        case 'gone':
          this.#byId.delete(change.id);
          what.add('rows');
          break;
        case 'dropped':
          for (const id of change.ids) this.#byId.delete(id);
          this.dropped = change.dropped;
          what.add('rows');
          break;
        case 'host':
          this.hosts = this.hosts.map((host) => (host.name === change.host.name ? change.host : host));
          what.add('hosts');
          break;
        case 'clock':
          this.clock = change.clock;
          what.add('clock');
          break;
        case 'links':
          this.links = change.links;
          what.add('links');
          break;
        case 'outside':
          this.outside = change.outside;
          what.add('outside');
          break;
        case 'deed':
          this.deeds = [...this.deeds, change.deed].slice(-MOST_DEEDS);
          what.add('deeds');
          break;
        case 'move':
          for (const mover of this.#movers) mover(change.move);
          break;
        case 'lost':
          this.lost = change.text;
          what.add('lost');
          break;
      }
    }
    if (what.has('rows')) this.#sort();
    if (what.size > 0) this.#tell(what);
  }

  #sort(): void {
    this.rows = [...this.#byId.values()].sort((a, b) => a.n - b.n || a.id.localeCompare(b.id));
  }

  #tell(what: ReadonlySet<What>): void {
    for (const listener of this.#listeners) listener(what);
  }
}
