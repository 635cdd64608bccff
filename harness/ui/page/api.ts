import type { DoAnswer, DoRequest } from '../wire.ts';

const TOKEN = new URLSearchParams(location.search).get('token') ?? '';

/** @throws Error with what the server said */
async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(path, { ...init, headers: { authorization: `Bearer ${TOKEN}`, ...init.headers } });
  if (!response.ok) throw new Error((await response.text()).trim());
  return response;
}

/** Chromium gives requests up when a network of this machine comes or goes: reading is tried again. */
const TRIES = 3;

export async function get<T>(path: string, query: Record<string, string> = {}): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await (await ask(`${path}?${new URLSearchParams(query)}`)).json();
    } catch (error) {
      if (tried === TRIES || !(error instanceof TypeError)) throw error;
    }
  }
}

export const doIt = (request: DoRequest): Promise<DoAnswer> => post('/api/do', request);

export async function post<T>(path: string, body: unknown): Promise<T> {
  try {
    return await (await ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Error(`the connection to the server broke (${error.message}): look under Done whether it was done, then try again`);
  }
}

/** Where a link, which has no headers of its own, leads to. */
export const linkTo = (path: string, query: Record<string, string>): string => `${path}?${new URLSearchParams({ ...query, token: TOKEN })}`;

export const eventsUrl = (): string => linkTo('/events', {});

export const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
