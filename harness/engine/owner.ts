import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';

/** What `mailproof up` labels its instances with: no process takes them away. */
export const KEPT = 'kept';

/** Names this process so that no later one with the same number is taken for it: number, start, machine (boot and process namespace). */
export const OWNER = ownerOf(process.pid) ?? `${process.pid}.unknown.${machine()}`;

/** The name of a running process; undefined when there is none of that number. */
export function ownerOf(pid: number): string | undefined {
  const started = startOf(pid);
  return started === undefined ? undefined : `${pid}.${started}.${machine()}`;
}

/** True only for owners of this very machine that do not run any more; others cannot be judged from here. */
export function isGone(owner: string): boolean {
  const [pid, , ...where] = owner.split('.');
  return where.join('.') === machine() && ownerOf(Number(pid)) !== owner;
}

function startOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') {
      const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      return started.replace(/\W+/g, '-').replace(/^-|-$/g, '');
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may hold anything; start time is the 22nd (proc_pid_stat(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function machine(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}-${readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')}`;
  } catch {
    return os.hostname();
  }
}
