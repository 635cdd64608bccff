/** What the server of the live page and the page say to each other. Types only: both sides import this file. */

export type RowKind = 'message' | 'refused' | 'session';
export type RowState = 'on its way' | 'waiting' | 'failed' | 'discarded' | 'delivered' | 'refused' | 'dropped' | 'ended';

/** One line of the stream: a message with all that came of it, a refusal, or a conversation with a receiver outside. */
export interface Row {
  id: string;
  /** Order of the stream: the number of the event that it began with. */
  n: number;
  /** World time, milliseconds since the epoch. */
  at: number;
  kind: RowKind;
  state: RowState;
  /** Empty: the null reverse-path. */
  from: string;
  to: string[];
  /** Hosts and parties that it met, in order. */
  hosts: string[];
  /** What a reader should know: where it lies, why it waits, how it was refused. */
  text: string;
  /** Queue ids and the Message-ID. */
  ids: string[];
  /** Who handed it over: name, address, or both. */
  client: string;
  subject?: string;
}

export interface HostState {
  name: string;
  /** As the hub has it: `ready`, `stopped`, `killed`, `paused`, `failed`, ... */
  state: string;
  up: boolean;
  /** Messages that the host owns now. */
  queue: number;
}

export interface ClockNow {
  /** World time less this machine's time, milliseconds. */
  offsetMs: number;
  /** Hosts whose clock is set apart, milliseconds. */
  skews: Record<string, number>;
}

export interface LinkState {
  between: [string, string];
  action: 'cut' | 'slow';
}

/** A domain outside that is not as the world file says. */
export interface OutsideState {
  domain: string;
  /** How it behaves, as the command line takes it. */
  behaves: string[];
}

/** A copy went from one node of the picture to another. */
export interface Move {
  from: string;
  to: string;
  /** false: it was refused. */
  taken: boolean;
}

/** Something that was done to the world by hand: by this page, another one, or the command line. */
export interface Deed {
  /** The how-manyeth, 1 first. */
  n: number;
  /** World time, milliseconds since the epoch. */
  at: number;
  /** What it was, in the words of the language or of the command line. */
  text: string;
  /** The command line that does the same; none where no command does. */
  command?: string;
  trouble?: string;
}

export interface Snapshot {
  world: string;
  variant: string;
  instance: string;
  hosts: HostState[];
  clock: ClockNow;
  links: LinkState[];
  outside: OutsideState[];
  rows: Row[];
  /** Rows that were kept once and have been let go. */
  dropped: number;
  /** Rows that are kept at most. */
  most: number;
  deeds: Deed[];
}

export type Change =
  | { type: 'row'; row: Row }
  /** It turned out to be part of another one. */
  | { type: 'gone'; id: string }
  /** Let go, since more are not kept; `dropped` counts all that were so far. */
  | { type: 'dropped'; ids: string[]; dropped: number }
  | { type: 'host'; host: HostState }
  | { type: 'clock'; clock: ClockNow }
  | { type: 'links'; links: LinkState[] }
  | { type: 'outside'; outside: OutsideState[] }
  | { type: 'move'; move: Move }
  | { type: 'deed'; deed: Deed }
  /** The hub ended the connection: the world is gone, or cannot be reached. */
  | { type: 'lost'; text: string };

/** What the page asks to be done: a verb of the scenario language and its value; of `outside` a domain and texts as the command line takes them. */
export interface DoRequest {
  verb: string;
  value: unknown;
}

export interface DoAnswer {
  done: boolean;
  /** What happened, or why not, line by line. */
  text: string;
  /** The command line that does the same. */
  command?: string;
  /** Of a message that was handed over. */
  transcript?: string;
  /** The row of the message. */
  row?: string;
}

/** What was done by hand, or a part of it, as a scenario. */
export interface RecordRequest {
  title?: string;
  /** Numbers of the first and the last step; all of them unless told. */
  fromStep?: number;
  toStep?: number;
  /** Name of the file in the world's folder, without its ending; nothing is written unless told. */
  name?: string;
}

export interface RecordAnswer {
  text: string;
  /** What the file cannot say. */
  unsaid: string[];
  /** Where it was written to, and the command that runs it. */
  file?: string;
  run?: string;
}

/** What the forms offer. */
export interface Choices {
  hosts: { name: string; services: string[] }[];
  clients: { address: string; name: string }[];
  users: string[];
  domain: string;
  outside: string[];
  entrance: string;
  stranger: string;
}

export interface FolderList {
  folders: { path: string; messages: number; unseen: number }[];
}

/** A piece of the page that the server wrote: HTML in which everything from the world is escaped. */
export interface Piece {
  title: string;
  html: string;
}

/** What a message can be sent again with. */
export interface Again {
  from: string;
  to: string[];
  client?: string;
  helo?: string;
  raw?: string;
  subject?: string;
}
