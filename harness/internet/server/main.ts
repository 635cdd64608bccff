import { networkInterfaces } from 'node:os';
import { CONTROL_PORT, TOKEN_VARIABLE } from '../protocol.ts';
import { ControlPort } from './control.ts';
import { command } from './shell.ts';

/** The address of the interface that the default route leaves by: the bridge with the published port, never the cable. */
async function bridgeAddress(): Promise<string> {
  const device = /default via \S+ dev (\S+)/.exec(await command('ip', ['-4', 'route', 'show', 'default'], 'look at its routes'))?.[1];
  const address = networkInterfaces()[device ?? '']?.find((entry) => entry.family === 'IPv4')?.address;
  if (address === undefined) throw new Error('the hub has no default route: it must be connected to the bridge of its published port before it starts');
  return address;
}

// The image's build runs it so: all modules are compiled, and V8's code is kept for the real start.
if (process.argv.includes('--compile')) process.exit(0);
const token = process.env[TOKEN_VARIABLE];
if (token === undefined || token === '') throw new Error(`the hub needs its token in ${TOKEN_VARIABLE}`);
// One session's trouble must not end the world; it is told where the engine keeps the container's words.
process.on('uncaughtException', (error) => console.error('hub: uncaught', error));
process.on('unhandledRejection', (error) => console.error('hub: unhandled', error));
process.on('SIGTERM', () => process.exit(0));
await new ControlPort(token).listen(CONTROL_PORT, await bridgeAddress());
console.error('hub: ready');
