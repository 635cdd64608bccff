import { MailproofError } from '../../base/index.ts';
import type { ConfigTree } from '../config-tree.ts';

/** What a configuration says that the world around it must fit. */
export interface Settings {
  /** The server's own name, where it says one. */
  fqdn?: string;
  ipv6: boolean;
  /** Alias files that it reads, as aliases(5) has them. */
  aliases: string[];
  /** World time after which a message that nobody takes is returned; undefined: it could not be told. */
  lifetimeMs?: number;
  /** World time after which its sender is told of the delay; undefined: never. */
  delayMs?: number;
  certificates: { cert: string; key: string; group?: string }[];
  /** Commands on the host before the server starts. */
  prepare: string[];
  /** What the reader must know of how it was read. */
  notes: string[];
}

export const textOf = (tree: ConfigTree, file: string): string | undefined => tree.files.get(file)?.content.toString('utf8');

/** @throws MailproofError INPUT for a server that only its own host can reach */
export function refuseLoopback(file: string, text: string, setting: RegExp): void {
  const index = text.split('\n').findIndex((line) => setting.test(line));
  if (index < 0) return;
  throw new MailproofError('INPUT', `${file}:${index + 1}: this server listens on the loopback address only: ${text.split('\n')[index]?.trim()}`, {
    hint: 'init writes scenarios for a server that takes mail from the internet; for this one write the world by hand (docs/worlds.md), with `ready: { SERVICE: [] }`',
  });
}
