import type { ParseArgsOptionsConfig } from 'node:util';
import type { ExitCode } from '../../base/index.ts';
import type { Arguments } from '../command.ts';

/** One thing that `mailproof parity` compares; each is a file of this folder, and commands/parity.ts lists them. */
export interface Way {
  /** What stands behind `mailproof parity` in the usage. */
  usage: string;
  options: ParseArgsOptionsConfig;
  /** Options of which any asks for this way. */
  askedBy: readonly string[];
  run(args: Arguments): Promise<ExitCode>;
}
