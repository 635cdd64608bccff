import { connect, isIPv6, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { messageOf, waitUntil } from '../../base/index.ts';
import type { ProbeProtocol } from '../protocol.ts';

interface ProtocolRule {
  tls: boolean;
  /** What the server says first when it is ready; undefined: a connection is enough. */
  greeting?: RegExp;
  example?: string;
  /** How to leave in good order. */
  leave?: string;
}

const SMTP: ProtocolRule = { tls: false, greeting: /^220[ -].*\r\n/, example: '220 mx.example.test ESMTP\r\n', leave: 'QUIT\r\n' };
const IMAP: ProtocolRule = { tls: false, greeting: /^\* (?:OK|PREAUTH)\b.*\r\n/, example: '* OK [CAPABILITY IMAP4rev1] ready\r\n', leave: 'a LOGOUT\r\n' };

export const PROBES: Readonly<Record<ProbeProtocol, ProtocolRule>> = {
  smtp: SMTP,
  smtps: { ...SMTP, tls: true },
  lmtp: SMTP,
  imap: IMAP,
  imaps: { ...IMAP, tls: true },
  tcp: { tls: false },
};

const AGAIN_MS = 15;

/** Whether a service answers in its protocol now. */
function ask(protocol: ProbeProtocol, address: string, port: number, from: string | undefined): Promise<string | true> {
  const rule = PROBES[protocol];
  return new Promise((resolve) => {
    const raw: Socket = connect({ host: address, port, family: isIPv6(address) ? 6 : 4, ...(from === undefined ? {} : { localAddress: from }) });
    // Readiness is no judgement on certificates: those are what scenarios test.
    const socket = rule.tls ? connectTls({ socket: raw, rejectUnauthorized: false }) : raw;
    let heard = '';
    const end = (result: string | true): void => {
      socket.destroy();
      raw.destroy();
      resolve(result);
    };
    const guard = setTimeout(() => end(`it connected but said nothing in 5 s${heard === '' ? '' : `: ${heard}`}`), 5000);
    guard.unref();
    for (const one of new Set<Socket>([raw, socket])) one.on('error', (error) => end(messageOf(error)));
    socket.on('close', () => {
      clearTimeout(guard);
      resolve(heard === '' ? 'it closed the connection' : `it said "${heard.trim()}" and closed the connection`);
    });
    const connected = (): void => {
      if (rule.greeting === undefined) end(true);
    };
    socket.on(rule.tls ? 'secureConnect' : 'connect', connected);
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
      if (!rule.greeting?.test(heard)) return;
      clearTimeout(guard);
      resolve(true);
      // In good order, so that the server's log has nothing to complain about.
      if (rule.leave !== undefined) socket.end(rule.leave);
    });
  });
}

/** Waits until a service of a host answers in its own protocol, through the world. @throws MailproofError DEADLINE with the last answer */
export function waitUntilReady(what: string, protocol: ProbeProtocol, address: string, port: number, deadlineMs: number, from?: string, signal?: AbortSignal): Promise<void> {
  let last: string | true = 'it was not asked yet';
  return waitUntil<void>({
    what: `${what} answers ${protocol} on ${address} port ${port}`,
    deadlineMs,
    ...(signal === undefined ? {} : { signal }),
    look: () => (last === true ? { met: true, value: undefined } : { met: false, missing: last }),
    subscribe: (again) => {
      let stopped = false;
      const next = async (): Promise<void> => {
        last = await ask(protocol, address, port, from);
        if (stopped) return;
        again();
        // A server that does not listen yet cannot say when it will.
        if (last !== true) setTimeout(next, AGAIN_MS).unref();
      };
      void next();
      return () => {
        stopped = true;
      };
    },
  });
}
