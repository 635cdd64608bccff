import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { Problem } from './problem.ts';

const FILE = '/tmp/mailproof-capture.pcap';

/** tcpdump on the world's wire, one capture at a time. */
export class Capture {
  #process: ChildProcess | undefined;

  async start(): Promise<void> {
    if (this.#process) throw new Problem(409, 'capturing', 'a capture is already running', 'stop it first');
    const child = spawn('tcpdump', ['-i', 'world', '-U', '-s', '0', '--immediate-mode', '-Z', 'root', '-w', FILE], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = child;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (/listening on/.test(said)) resolve();
      });
      const failed = (why: string): void => {
        this.#process = undefined;
        reject(new Problem(500, 'hub-command', `tcpdump does not run: ${why}`));
      };
      child.once('error', (error) => failed(error.message));
      child.once('exit', (status) => failed(`status ${status}: ${said.trim()}`));
    });
  }

  /** The capture as a pcap file. */
  async stop(): Promise<Buffer> {
    const child = this.#process;
    if (child === undefined) throw new Problem(409, 'not-capturing', 'no capture is running');
    this.#process = undefined;
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
    const bytes = await readFile(FILE);
    await rm(FILE);
    return bytes;
  }
}
