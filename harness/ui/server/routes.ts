import { randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { z } from 'zod';
import { MailproofError } from '../../base/index.ts';
import { html, logText, table, transcriptText } from '../../report/index.ts';
import { deskAccess, headerValue, type MailboxAccess, mailboxUsers, mailFolders, mailList, mailSource, splitMessage } from '../../scenario/index.ts';
import { joinedManifest, type World } from '../../world/index.ts';
import type { Again, Choices, DoAnswer, FolderList, Piece } from '../wire.ts';
import { Actions } from './actions.ts';
import { Copies } from './copies.ts';
import type { Live } from './live.ts';
import { messagePiece, refusalPiece, sessionPiece, source, tabbed, utc } from './message-view.ts';
import { recording, recordSchema } from './recording.ts';
import { Subjects } from './subjects.ts';

export interface Answer {
  type: string;
  content: string | Buffer;
  /** Name of the file that it is saved as. */
  download?: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';
/** Rows of one answer. */
const MOST_LINES = 2000;
const MOST_LISTED = 200;

const doSchema = z.strictObject({ verb: z.string(), value: z.unknown() });

/** The requests of the page besides its document, its program and its event stream. */
export class Routes {
  readonly subjects: Subjects;
  readonly #world: World;
  readonly #live: Live;
  readonly #actions: Actions;
  readonly #copies: Copies;
  readonly #access: MailboxAccess;

  constructor(world: World, live: Live) {
    this.#world = world;
    this.#live = live;
    this.#actions = new Actions(world, live);
    this.#access = deskAccess(world);
    this.#copies = new Copies(live, this.#access);
    this.subjects = new Subjects(live, this.#copies);
  }

  /** @returns undefined where there is nothing */
  async answer(method: string, url: URL, body: () => Promise<string>): Promise<Answer | undefined> {
    const query = url.searchParams;
    switch (`${method} ${url.pathname}`) {
      case 'GET /api/choices':
        return json(this.#choices());
      case 'GET /api/row':
        return json(await this.#row(needed(query, 'id')));
      case 'GET /api/again':
        return json(await this.#again(needed(query, 'id')));
      case 'GET /api/raw':
        return this.#raw(needed(query, 'id'), Number(needed(query, 'copy')));
      case 'GET /api/folders':
        return json({ folders: await mailFolders(this.#access, needed(query, 'user')) } satisfies FolderList);
      case 'GET /api/folder':
        return json(await this.#folder(needed(query, 'user'), needed(query, 'folder')));
      case 'GET /api/mail':
        return json(await this.#mail(needed(query, 'user'), needed(query, 'folder'), Number(needed(query, 'uid'))));
      case 'GET /api/logs':
        return json(this.#logs(query.get('host') ?? '', query.get('text') ?? ''));
      case 'POST /api/do':
        return json(await this.#do(await body()));
      case 'POST /api/record':
        return json(await recording(this.#world, requestOf(recordSchema, await body())));
      default:
        return undefined;
    }
  }

  #choices(): Choices {
    const { model } = this.#world;
    return {
      hosts: model.hosts.map((host) => ({ name: host.name, services: [...(host.services ?? Object.keys(joinedManifest(host).services))] })),
      clients: model.clients.map(({ address, name }) => ({ address, name })),
      users: mailboxUsers(model),
      domain: model.accounts?.domain ?? '',
      outside: model.outside.map(({ domain }) => domain),
      entrance: model.entrance,
      stranger: `postmaster@${model.clients[0]?.name ?? 'sender.test'}`,
    };
  }

  #row(id: string): Promise<Piece> | Piece {
    const row = this.#live.row(id);
    if (row === undefined) throw new MailproofError('NOT_FOUND', `${id} is not kept (any more)`);
    if (row.kind === 'message') return messagePiece(this.#live, this.#copies, row);
    return row.kind === 'refused' ? refusalPiece(this.#live, row) : sessionPiece(this.#live, row);
  }

  /** What a message can be sent again with: as it was handed over where that is known, else a copy of it. */
  async #again(id: string): Promise<Again> {
    const row = this.#live.row(id);
    if (row === undefined) throw new MailproofError('NOT_FOUND', `${id} is not kept (any more)`);
    const given = this.#live.evidence.handedOver(id)?.raw;
    const raw = given ?? (await this.#copies.of(id)).copies.find((copy) => copy.raw !== undefined)?.raw;
    const address = /\[([\d.a-f:]+)\]$/i.exec(row.client)?.[1];
    const isHost = address !== undefined && this.#live.ledger.places.hostOf(address, '') !== undefined;
    const subject = raw === undefined ? undefined : headerValue(splitMessage(raw).headers, 'Subject');
    return {
      from: row.from === '' ? '<>' : row.from,
      to: row.to,
      ...(address === undefined || isHost || (!isIPv6(address) && !address.includes('.')) ? {} : { client: address }),
      ...(raw === undefined ? {} : { raw: sendable(raw, row.from) }),
      ...(subject === undefined ? {} : { subject }),
    };
  }

  async #raw(id: string, index: number): Promise<Answer> {
    const given = this.#live.evidence.handedOver(id)?.raw;
    const raws = [...(await this.#copies.of(id)).copies.map(({ raw }) => raw), given];
    const raw = raws[index];
    if (raw === undefined) throw new MailproofError('NOT_FOUND', `copy ${index} of ${id} cannot be read`);
    return { type: 'message/rfc822', content: raw, download: `${id.replace(/[^\w.-]+/g, '-')}.eml` };
  }

  async #folder(user: string, folder: string): Promise<Piece> {
    const all = await mailList(this.#access, user, folder, MOST_LISTED);
    const rows = all.map(({ uid, from, subject, at, bytes, flags }) => [
      html`<span class="mono nowrap">${utc(at).slice(0, 19)}</span>`,
      html`${from}`,
      html`<button type="button" class="link" data-mail="${uid}">${subject === '' ? '(no subject)' : subject}</button>`,
      html`${bytes}`,
      html`${flags.join(' ')}`,
    ]);
    return {
      title: `${user}: ${folder}`,
      html:
        rows.length === 0
          ? html`<p class="dim">Nothing lies in it.</p>`.text
          : html`${table(['stored', 'from', 'subject', 'bytes', 'flags'], rows)}${all.length === MOST_LISTED && html`<p class="dim">The newest ${MOST_LISTED}.</p>`}`.text,
    };
  }

  async #mail(user: string, folder: string, uid: number): Promise<Piece> {
    const raw = await mailSource(this.#access, user, folder, uid);
    if (raw === undefined) throw new MailproofError('NOT_FOUND', `message ${uid} does not lie in ${folder} of ${user} any more`);
    const { headers } = splitMessage(raw);
    const rows = headers.map(([name, value]) => [html`<code class="nowrap">${name}</code>`, html`<code>${value}</code>`]);
    return {
      title: headerValue(headers, 'Subject') ?? '(no subject)',
      html: tabbed([
        { name: 'Source', body: source(raw) },
        { name: 'Headers', body: table(['field', 'value'], rows) },
      ]).text,
    };
  }

  #logs(host: string, text: string): Piece {
    const wanted = text.toLowerCase();
    const all = this.#live.evidence.lines((line) => (host === '' || line.host === host) && (wanted === '' || line.line.toLowerCase().includes(wanted)));
    const shown = all.slice(-MOST_LINES);
    return {
      title: 'Logs',
      html:
        shown.length === 0
          ? html`<p class="dim">No line.</p>`.text
          : html`<p class="dim">${shown.length < all.length ? `The last ${shown.length} of ${all.length} lines` : `${shown.length} lines`}, in world time since ${utc(shown[0]?.at ?? 0)} UTC.</p><pre class="tall">${logText(shown)}</pre>`
              .text,
    };
  }

  async #do(body: string): Promise<DoAnswer> {
    const { handedOver, ...done } = await this.#actions.perform(requestOf(doSchema, body));
    if (handedOver === undefined) return done;
    const { transcript, raw, custodies } = handedOver;
    const row = custodies.flatMap((id) => this.#live.rowOf(id) ?? [])[0];
    if (row !== undefined) {
      this.#live.evidence.addHandedOver(row, { transcript, ...(raw === undefined ? {} : { raw }) });
      const subject = raw === undefined ? undefined : headerValue(splitMessage(raw).headers, 'Subject');
      if (subject !== undefined) this.#live.setSubject(row, subject);
    }
    return { ...done, transcript: transcriptText(transcript), ...(row === undefined ? {} : { row }) };
  }
}

/** @throws MailproofError USAGE */
function requestOf<T>(schema: z.ZodType<T>, body: string): T {
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch (cause) {
    throw new MailproofError('USAGE', `the request is no JSON: ${body.slice(0, 200)}`, { cause });
  }
  const { data, error } = schema.safeParse(given);
  if (error) throw new MailproofError('USAGE', `the request is not understood: ${z.prettifyError(error)}\nit was ${body.slice(0, 500)}`);
  return data;
}

/** A message as its sender would hand it over: without what hops put on top, and with a Message-ID of its own, since another one is sent. */
function sendable(raw: Buffer, from: string): string {
  const text = raw.toString('utf8');
  const end = /\r?\n\r?\n/.exec(text)?.index ?? text.length;
  const fields = text.slice(0, end).split(/\r?\n(?![ \t])/);
  const oldest = fields.findLastIndex((field) => /^received:/i.test(field));
  const own = fields.slice(oldest + 1).filter((field) => !/^message-id:/i.test(field));
  const domain = from.slice(from.lastIndexOf('@') + 1) || 'mailproof.test';
  return [...own, `Message-ID: <${randomBytes(8).toString('hex')}@${domain}>`].join('\r\n') + text.slice(end);
}

const json = (value: unknown): Answer => ({ type: JSON_TYPE, content: JSON.stringify(value) });

function needed(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value === null || value === '') throw new MailproofError('USAGE', `the request needs "${name}"`);
  return value;
}
