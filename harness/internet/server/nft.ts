import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Problem } from './problem.ts';

/** Its answer is one line that says nothing of tables: what comes before belongs to the command before. */
const FENCE = 'list chains arp';
const FENCE_ANSWER = /^\{"nftables": \[\{"metainfo": \{[^{}]*\}\}\]\}$/;

interface Asked {
  what: string;
  said: string[];
  done: (said: string) => void;
  fail: (error: Error) => void;
}

/**
 * One nft that takes commands as they come (`nft -i`): a process for each would cost the hub a copy of its page tables,
 * some hundred times in a run.
 */
export class Nft {
  #process: ChildProcessWithoutNullStreams | undefined;
  #asked: Asked[] = [];

  /**
   * Runs statements as one transaction, in the order of the calls; resolves to the JSON of a listing, or to nothing.
   * @throws Problem 500 with what nft said
   */
  run(statements: readonly string[], what: string): Promise<string> {
    this.#process ??= this.#start();
    const { stdin } = this.#process;
    return new Promise((resolve, reject) => {
      this.#asked.push({ what, said: [], done: resolve, fail: reject });
      stdin.write(`${statements.join('; ')}\n${FENCE}\n`);
    });
  }

  #start(): ChildProcessWithoutNullStreams {
    // One stream for both, since the order of answers and errors tells which command they are about.
    const child = spawn('/bin/sh', ['-c', 'exec nft -j -i 2>&1']);
    child.stdin.on('error', () => {});
    createInterface({ input: child.stdout }).on('line', (line) => this.#take(line));
    child.on('error', (error) => this.#lost(child, error.message));
    child.on('close', (status) => this.#lost(child, `nft ended with ${status}`));
    return child;
  }

  #take(line: string): void {
    const asked = this.#asked[0];
    if (asked === undefined) return;
    if (!FENCE_ANSWER.test(line)) return void asked.said.push(line);
    this.#asked.shift();
    const said = asked.said.join('\n');
    if (said === '' || said.startsWith('{')) asked.done(said);
    else asked.fail(problem(asked.what, said));
  }

  #lost(child: ChildProcessWithoutNullStreams, why: string): void {
    if (this.#process !== child) return;
    this.#process = undefined;
    for (const { what, said, fail } of this.#asked.splice(0)) fail(problem(what, [...said, why].join('\n')));
  }
}

const problem = (what: string, said: string): Problem => new Problem(500, 'hub-command', `the hub could not ${what}: ${said.trim()}`);
