import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Names under which this machine may call the page: any other was given to it by somebody else's DNS (rebinding). */
const NAMES = ['127.0.0.1', 'localhost'];

export interface Refusal {
  status: 400 | 401 | 403;
  message: string;
}

/** The page's token: the same for an instance as long as it runs, so that a page finds the server again, and no way back to the hub's. */
export function pageToken(hubToken: string): string {
  return createHmac('sha256', hubToken).update('mailproof ui').digest('base64url').slice(0, 32);
}

/** Why a request is not answered; undefined when it is. @param port that the server listens on */
export function refusalOf(request: IncomingMessage, url: URL, port: number, token: string): Refusal | undefined {
  const { host, origin } = request.headers;
  if (host === undefined || !NAMES.some((name) => host === `${name}:${port}`))
    return { status: 403, message: `this page is at http://127.0.0.1:${port}, not at "${host ?? ''}": some other site's name may lead here` };
  if (origin !== undefined && !NAMES.some((name) => origin === `http://${name}:${port}`)) return { status: 403, message: `requests of pages from ${origin} are not answered` };
  const site = request.headers['sec-fetch-site'];
  if (request.method !== 'GET' && site !== undefined && site !== 'same-origin') return { status: 403, message: 'requests of other sites are not answered' };
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  // A link and an event stream cannot have headers of their own; what changes something must.
  const given = bearer ?? (request.method === 'GET' ? url.searchParams.get('token') : null);
  if (given === null || !same(given, token)) return { status: 401, message: 'the token is missing or wrong: open the address that `mailproof ui` wrote' };
  return undefined;
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
