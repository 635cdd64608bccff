import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/**
 * Runs `work` while no other process of this machine holds the lock of that name. The lock is a listening
 * socket: the system gives it back when its holder ends, however it ends, and those who wait are connected to it and see that.
 * @param onWait called once when another process holds the lock
 */
export async function withLock<T>(name: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  const address = lockAddress(name);
  let said = false;
  for (;;) {
    const held = await tryHold(address);
    if (held) {
      try {
        return await work();
      } finally {
        held.release();
      }
    }
    if (!said) onWait();
    said = true;
    await untilReleased(address);
  }
}

interface Held {
  release(): void;
}

function lockAddress(name: string): string {
  const short = createHash('sha256').update(name).digest('hex').slice(0, 24);
  // Linux's abstract sockets leave no file behind (unix(7)); elsewhere a file does, and is taken over when nobody listens.
  return process.platform === 'linux' ? `\0mailproof-${short}` : path.join(os.tmpdir(), `mailproof-${short}.lock`);
}

async function tryHold(address: string): Promise<Held | undefined> {
  const waiting = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    waiting.add(socket);
    socket.on('error', () => waiting.delete(socket));
    socket.on('close', () => waiting.delete(socket));
    socket.resume();
  });
  // A lock must not keep a process alive that has nothing else to do.
  server.unref();
  try {
    server.listen(address);
    await once(server, 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined;
    throw error;
  }
  return {
    release: () => {
      server.close();
      for (const socket of waiting) socket.destroy();
    },
  };
}

/** Ends when the holder closes its side, or is not there. */
async function untilReleased(address: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const socket = net.connect(address);
    socket.on('error', (error) => {
      if ('code' in error && error.code === 'ECONNREFUSED' && !address.startsWith('\0')) rmSync(address, { force: true });
    });
    socket.on('close', () => resolve());
    socket.resume();
  });
}
