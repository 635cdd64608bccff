import { watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { messageOf, waitUntil } from '../../base/index.ts';
import type { ExecResult } from '../protocol.ts';
import { Problem } from './problem.ts';

const END = '\n\x04';

/** Speaks to host-init (PID 1 of a host) over its unix socket; one connection per request. */
export class Agent {
  readonly host: string;
  readonly #socket: string;
  readonly #directory: string;

  /** @param directory the host's directory in the world's volume */
  constructor(host: string, directory: string) {
    this.host = host;
    this.#directory = directory;
    this.#socket = join(directory, 'agent.sock');
  }

  /** Waits until the host's container has started and its agent answers. */
  async reachable(deadlineMs: number): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    const directory = this.#directory;
    let answered = false;
    let reason = 'no agent socket yet: has its container started?';
    const changed = new Set<() => void>();
    const attempt = (): void => {
      const socket = connect(this.#socket);
      socket.on('connect', () => {
        answered = true;
        socket.destroy();
        for (const again of changed) again();
      });
      socket.on('error', (error: NodeJS.ErrnoException) => {
        reason = messageOf(error);
        // Bound but not yet listening: no file event will follow, so ask once more.
        if (error.code === 'ECONNREFUSED') setTimeout(attempt, 2).unref();
      });
    };
    const watcher = watch(directory, attempt);
    try {
      attempt();
      await waitUntil({
        what: `the agent of host ${this.host} answers`,
        deadlineMs,
        look: () => (answered ? { met: true, value: undefined } : { met: false, missing: reason }),
        subscribe: (again) => {
          changed.add(again);
          return () => changed.delete(again);
        },
      });
    } finally {
      watcher.close();
    }
  }

  /** Runs a shell script as root; a status other than 0 is an answer, not an error. @throws Problem when the agent cannot be asked or the deadline is over */
  run(script: string, deadlineMs = 60_000): Promise<ExecResult> {
    return this.#ask(`run ${Buffer.byteLength(script)}\n${script}`, deadlineMs);
  }

  /** Sends a signal to every process of the host but the agent. */
  async signal(number: number): Promise<void> {
    await this.#ask(`signal ${number}\n`, 10_000);
  }

  #ask(request: string, deadlineMs: number): Promise<ExecResult> {
    return new Promise((resolve, reject) => {
      const socket: Socket = connect(this.#socket);
      const decoder = new StringDecoder('utf8');
      let output = '';
      const fail = (code: string, message: string): void => {
        clearTimeout(guard);
        socket.destroy();
        reject(new Problem(502, code, `host ${this.host}: ${message}`));
      };
      const guard = setTimeout(() => fail('deadline', `the script did not end within ${deadlineMs} ms; it said: ${output.slice(-2000) || 'nothing'}`), deadlineMs);
      socket.on('connect', () => socket.write(request));
      socket.on('data', (chunk) => {
        output += decoder.write(chunk);
        const end = output.lastIndexOf(END);
        const verdict = end < 0 ? undefined : /^(?:exit (\d+)|error (.*))\n$/s.exec(output.slice(end + END.length));
        if (!verdict) return;
        if (verdict[2] !== undefined) return fail('agent', verdict[2]);
        clearTimeout(guard);
        socket.destroy();
        resolve({ status: Number(verdict[1]), output: output.slice(0, end) });
      });
      socket.on('error', (error) => fail('agent', `its agent cannot be asked: ${messageOf(error)}`));
      socket.on('close', () => fail('agent', `its agent went away; the script had said: ${output.slice(-2000) || 'nothing'}`));
    });
  }
}
