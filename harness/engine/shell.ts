import { once } from 'node:events';
import type { Docker } from './discover.ts';
import { engineFailed } from './problems.ts';

/** A shell in a container on this terminal, over the engine's own connection, so that it works with a remote one too. */
export async function openShell(docker: Docker, container: string): Promise<number> {
  const { stdin, stdout } = process;
  const terminal = stdin.isTTY === true && stdout.isTTY === true;
  try {
    const session = await docker.getContainer(container).exec({
      Cmd: ['/bin/sh', '-c', 'cd /root && exec bash -l 2>/dev/null || exec sh'],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: terminal,
      Env: [`TERM=${process.env.TERM ?? 'dumb'}`],
    });
    const stream = await session.start({ hijack: true, stdin: true });
    const resize = (): void => {
      session.resize({ w: stdout.columns, h: stdout.rows }).catch(() => {}); // it may have ended
    };
    if (terminal) {
      stdin.setRawMode(true);
      stdout.on('resize', resize);
      resize();
      stream.pipe(stdout);
    } else {
      docker.modem.demuxStream(stream, stdout, process.stderr);
    }
    stdin.pipe(stream);
    try {
      await once(stream, 'end');
    } finally {
      stdin.unpipe(stream);
      stdin.pause();
      if (terminal) {
        stdin.setRawMode(false);
        stdout.off('resize', resize);
      }
    }
    const { ExitCode } = await session.inspect();
    return ExitCode ?? 255;
  } catch (error) {
    throw engineFailed(`no shell in ${container}`, error, 'mailproof ps shows what is running');
  }
}
