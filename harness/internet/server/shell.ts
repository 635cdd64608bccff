import { execFile } from 'node:child_process';
import { Problem } from './problem.ts';

/** Runs a shell script in the hub itself. @throws Problem 500 with what it said */
export function shell(script: string, what: string): Promise<string> {
  return command('/bin/sh', ['-e', '-c', script], what);
}

/** Runs a program in the hub with text on its standard input. @throws Problem 500 with what it said */
export function command(program: string, args: string[], what: string, input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Problem(500, 'hub-command', `the hub could not ${what}: ${stderr.trim() || stdout.trim() || error.message}`));
      else resolve(stdout);
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
