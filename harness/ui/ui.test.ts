import { request } from 'node:http';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { worldTime } from '../base/index.ts';
import { openEngine } from '../engine/index.ts';
import { parseScenarios, sendByHand } from '../scenario/index.ts';
import { loadWorld, type StartedWorld, startWorld } from '../world/index.ts';
import { type RunningUi, serveUi } from './index.ts';
import { Copies } from './server/copies.ts';
import { openBrowser } from './testing.ts';

/**
 * One world, its page, and a real Chromium:
 *
 *   client.sender.test -> mx (Exim) -> store (Dovecot)
 *                            mx     -> hosted.test, slow.test (greylists)
 */
const browser: Browser | string = await openBrowser();
const missing = typeof browser === 'string' ? browser : undefined;
if (missing !== undefined) process.stderr.write(`the tests of the live page are skipped: ${missing}\n`);

let world: StartedWorld;
let ui: RunningUi;

beforeAll(async () => {
  world = await startWorld(loadWorld('scenarios/starter', 'exim'), { engine: await openEngine(() => {}), report: () => {} });
  ui = await serveUi({ world, port: 0 });
}, 300_000);
afterAll(async () => {
  if (typeof browser !== 'string') await browser.close();
  await ui?.[Symbol.asyncDispose]();
  await world?.stop();
});

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** As any program on this machine could ask; `fetch` lets nobody choose Host and Origin. */
function ask(
  path: string,
  { method = 'GET', headers = {}, body = '', until }: { method?: string; headers?: Record<string, string>; body?: string; until?: RegExp } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(ui.url);
  return new Promise((resolve, reject) => {
    const asking = request({ hostname, port, path, method, headers }, (response) => {
      let text = '';
      const done = (): void => resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (until?.test(text)) {
          done();
          asking.destroy();
        }
      });
      response.on('end', done);
      response.on('error', done);
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

const token = (): string => new URL(ui.url).searchParams.get('token') ?? '';
const bearer = (): Record<string, string> => ({ authorization: `Bearer ${token()}` });

describe('the server', () => {
  test.each(['/', '/events', '/api/choices', '/api/logs'])('answers nothing of %s without the token', async (path) => {
    expect((await ask(path)).status).toBe(401);
    expect((await ask(`${path}?token=${[...token()].reverse().join('')}`)).status).toBe(401);
  });

  test('changes nothing for a token in the address alone, nor for GET', async () => {
    const body = JSON.stringify({ verb: 'stop', value: 'store' });
    expect((await ask('/api/do', { method: 'POST', body })).status).toBe(401);
    expect((await ask(`/api/do?token=${token()}`, { method: 'POST', body })).status).toBe(401);
    expect((await ask(`/api/do?token=${token()}`)).status).toBe(404);
    expect(ui.live.snapshot().hosts.map(({ up }) => up)).toEqual([true, true]);
  });

  test.each([
    ['a foreign name for this machine', { host: 'rebound.test:80' }],
    ['another port', { host: '127.0.0.1:1' }],
    ['a page from elsewhere', { origin: 'http://evil.test' }],
    ['a page of another server on this machine', { origin: 'http://127.0.0.1:1' }],
  ])('refuses %s', async (_what, headers) => {
    expect((await ask(`/?token=${token()}`, { headers })).status).toBe(403);
    expect((await ask('/api/do', { method: 'POST', headers: { ...bearer(), ...headers }, body: '{}' })).status).toBe(403);
  });

  test('lets the page load nothing from elsewhere', async () => {
    const { headers, text } = await ask(`/?token=${token()}`);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; img-src data:; script-src 'sha256-[^ ]+'; style-src 'sha256-[^ ]+'; connect-src 'self'; /);
    expect(text).not.toMatch(/ src=| style="|<link(?! rel="icon" href="data:,">)|@import|url\((?!#head\))|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  });

  test('tells neither passwords nor the token of the hub', async () => {
    const said = [
      (await ask(`/?token=${token()}`)).text,
      (await ask('/api/choices', { headers: bearer() })).text,
      (await ask('/events', { headers: bearer(), until: /event: snapshot\n.*\n\n/s })).text,
    ].join('\n');
    expect(said).toContain('"alice"');
    expect(said).not.toContain(world.ref.token);
    for (const { password = '' } of Object.values(world.model.accounts?.users ?? {})) expect(said).not.toContain(password);
  });

  test('says what it does not understand', async () => {
    const unknown = await ask('/api/do', { method: 'POST', headers: bearer(), body: JSON.stringify({ verb: 'stop', value: 'stoer' }) });
    expect(unknown.status).toBe(400);
    expect(unknown.text).toMatch(/stoer/);
    for (const body of ['{', '{}', '[]'])
      expect(await ask('/api/do', { method: 'POST', headers: bearer(), body })).toMatchObject({ status: 400, text: expect.stringContaining('the request is') });
  });

  test('sends a snapshot first, and to who comes back only what was missed', async () => {
    const first = await ask('/events', { headers: bearer(), until: /event: snapshot\nid: \S+\ndata: .*\n\n/s });
    const [, seen = ''] = /id: (\S+)/.exec(first.text) ?? [];
    await world.hub.link({ action: 'slow', between: ['mx', 'secure.test'], delayMs: 1 });
    const again = await ask('/events', { headers: { ...bearer(), 'last-event-id': seen }, until: /"type":"links"/ });
    expect(again.text).not.toContain('event: snapshot');
    expect(again.text).toContain('secure.test');
    await world.hub.link({ action: 'heal', between: ['mx', 'secure.test'] });
    const stranger = await ask('/events', { headers: { ...bearer(), 'last-event-id': 'deadbeef-1' }, until: /event: snapshot/ });
    expect(stranger.text).toContain('event: snapshot');
  });
});

describe.skipIf(missing !== undefined)('the page in Chromium', () => {
  let context: BrowserContext;
  let page: Page;
  const elsewhere: string[] = [];
  const errors: string[] = [];

  const open = async (url: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> => {
    if (typeof browser === 'string') throw new Error(browser);
    await context?.close();
    context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
    const made = await context.newPage();
    made.on('request', (asked) => {
      if (!asked.url().startsWith(new URL(url).origin) && !asked.url().startsWith('data:')) elsewhere.push(asked.url());
    });
    made.on('console', (message) => {
      // Tests take the server away and ask for what it refuses.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text());
    });
    made.on('pageerror', (error) => errors.push(error.message));
    // Chromium gives requests up whenever a network of this machine comes or goes, as those of other tests' worlds do.
    await vi.waitFor(() => made.goto(url), { timeout: 30_000 });
    await made.locator('.host-state').first().waitFor();
    return made;
  };
  const row = (text: string) => page.locator('.row', { hasText: text });

  /** @returns what the form says */
  const send = async (fields: Record<string, string>): Promise<string> => {
    await page.locator('#stream').focus();
    await page.keyboard.press('c');
    await page.locator('#compose-to').waitFor();
    for (const [name, value] of Object.entries(fields)) {
      const field = page.locator(`#compose-${name}`);
      if (['user', 'tls', 'server'].includes(name)) await field.selectOption(value);
      else await field.fill(value);
    }
    await page.locator('.form button[type=submit]').click();
    return (await page.locator('.panel .result').textContent()) ?? '';
  };

  beforeAll(async () => {
    page = await open(ui.url);
  });
  beforeEach(async () => {
    await page.locator('#filter').fill('');
  });

  test('shows the hosts, their state and the queue, in words and in the picture', async () => {
    expect(await page.locator('.host-state').allTextContents()).toEqual(['store up 0 queued', 'mx up 0 queued']);
    expect(await page.locator('#map .node').count()).toBe(4);
    await expect.poll(() => page.locator('#clock').textContent()).toMatch(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
  });

  test('sends a message from the form, shows it in the stream, and opens its journey', async () => {
    expect(await send({ to: 'alice@example.test', from: 'ann@sender.test', subject: 'Lunch on Friday' })).toBe('accepted');
    expect(await page.locator('.panel pre').textContent()).toMatch(/RCPT TO:<alice@example\.test>/);
    await row('Lunch on Friday').locator('.state.delivered').waitFor();
    await page.getByRole('button', { name: 'Open the message' }).click();
    await page.locator('[data-panel=Way] td', { hasText: 'stored at store:alice/INBOX' }).waitFor();
    const tab = async (name: string): Promise<string> => {
      await page.getByRole('tab', { name }).click();
      return (await page.locator(`[data-panel=${name}]`).textContent()) ?? '';
    };
    expect(await tab('Headers')).toMatch(/Compared with what was handed over here/);
    expect(await page.locator('[data-panel=Headers] tr', { hasText: 'Return-Path' }).locator('td').allTextContents()).toEqual(['+', 'store', 'Return-Path', '<ann@sender.test>']);
    expect(await page.locator('[data-panel=Headers] tr', { hasText: 'Lunch on Friday' }).locator('td').first().textContent()).toBe('');
    expect(await tab('Conversations')).toMatch(/handed over to mx.*250 OK id=/s);
    expect(await tab('DNS')).toMatch(/mx.*77\.100\.51\.198/s);
    expect(await tab('Logs')).toMatch(/mx .*<= ann@sender\.test.*store .*saved mail to INBOX/s);
    expect(await tab('Source')).toMatch(/Subject: Lunch on Friday/);
  });

  test('shows how a receiver outside verified it', async () => {
    expect(await send({ user: 'alice', to: 'pat@hosted.test', subject: 'To the outside' })).toBe('accepted');
    await row('To the outside').locator('.state.delivered').waitFor();
    await row('To the outside').click();
    await page.getByRole('tab', { name: 'Checks' }).click();
    await page.locator('[data-panel=Checks] tr', { hasText: 'SPF' }).getByText('pass').waitFor();
    await page.getByRole('tab', { name: 'Conversations' }).click();
    expect(await page.locator('[data-panel=Conversations]').textContent()).toMatch(/mx with hosted\.test/);
  });

  test('shows what was refused, and why', async () => {
    expect(await send({ to: 'nobody@example.test' })).toMatch(/550.*no such user/s);
    await row('nobody@example.test').locator('.state.refused').waitFor();
    await row('nobody@example.test').click();
    await page
      .locator('.panel', { hasText: 'refused by mx' })
      .getByText(/at rcpt: 550/)
      .waitFor();
    expect(await page.locator('.panel pre').textContent()).toMatch(/rejected RCPT <nobody@example\.test>/);
  });

  test('counts what waits, and reads it in the queue', async () => {
    await send({ user: 'alice', to: 'pat@slow.test', subject: 'Slowly' });
    await row('Slowly').locator('.state.waiting').waitFor();
    await page.locator('.host-state', { hasText: 'mx up 1 queued' }).waitFor();
    expect(await page.locator('.node[data-id=mx] .live-badge').textContent()).toBe('1 queued');
    await row('Slowly').click();
    await page.getByRole('tab', { name: 'Source' }).click();
    await page.locator('[data-panel=Source] h3', { hasText: 'queue of mx' }).waitFor();
    expect(await page.locator('[data-panel=Source] pre').first().textContent()).toMatch(/Subject: Slowly/);
  });

  test('sends a message again with a change', async () => {
    await page.locator('#filter').fill('subject:lunch');
    await row('Lunch on Friday').click();
    await page.getByRole('button', { name: 'Send again with a change' }).click();
    const source = page.locator('#compose-body');
    await source.waitFor();
    const text = await source.inputValue();
    expect(text).toMatch(/^Subject: Lunch on Friday$/m);
    await source.fill(text.replace('Lunch on Friday', 'Lunch on Monday'));
    await page.locator('.form button[type=submit]').click();
    await page.locator('#filter').fill('subject:monday');
    await row('Lunch on Monday').locator('.state.delivered').waitFor();
  });

  test('reads mailboxes through IMAP', async () => {
    await page.locator('#stream').focus();
    await page.keyboard.press('m');
    await page.locator('#mailbox-user').selectOption('alice');
    await page.locator('.panel td', { hasText: 'Lunch on Friday' }).getByRole('button').click();
    expect(await page.locator('[data-panel=Source]').textContent()).toMatch(/Delivered-To: .*alice/);
  });

  test('shows a host that was stopped, by whom ever, and starts it', async () => {
    await page.locator('#stream').focus();
    await page.keyboard.press('w');
    await page.locator('[data-act="stop store"]').click();
    await page.locator('#hosts .down', { hasText: 'store stopped' }).waitFor();
    expect(await page.locator('.node[data-id=store]').getAttribute('class')).toContain('down');
    // A reader that has no copy of it yet does not wait for a store that is down.
    const stored = ui.live.snapshot().rows.find(({ subject }) => subject === 'Lunch on Friday');
    const copies = new Copies(ui.live, { world, model: world.model, users: world.model.accounts?.users ?? {}, token: 'test' });
    expect(await copies.of(stored?.id ?? '')).toEqual({ copies: [{ place: 'store:alice/INBOX', problem: 'store is stopped, so it cannot be read now' }], more: 0 });
    await page.locator('[data-act="start store"]').click();
    await page.locator('.host-state', { hasText: 'store up' }).first().waitFor();
    await world.hub.link({ action: 'cut', between: ['mx', 'store'] });
    await page.locator('.flow.cut').first().waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'heal' }).first().click();
    await page.locator('.flow.cut').first().waitFor({ state: 'detached' });
  });

  test('changes how the outside behaves, and moves the clock', async () => {
    await page.locator('#stream').focus();
    await page.keyboard.press('w');
    await page.getByLabel('domain outside').selectOption('broken.test');
    await page.getByLabel('550 at RCPT').check();
    await page.getByRole('button', { name: 'behaves so' }).click();
    await page.locator('.panel .result', { hasText: 'broken.test: reply: "550' }).waitFor();
    const changed = page.locator('.panel .inline', { has: page.getByRole('button', { name: 'restore broken.test' }) });
    await expect.poll(() => changed.textContent()).toBe('broken.testchangedreply: "550 5.7.1 not wanted", at: rcptrestore');
    await changed.getByRole('button').click();
    await changed.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'behaves so' }).click();
    await changed.waitFor();
    const before = ui.live.now();
    await page.getByRole('button', { name: '+1h' }).click();
    await page.locator('.panel .result', { hasText: 'clock advance 1h' }).waitFor();
    expect(ui.live.now() - before).toBeGreaterThanOrEqual(3_600_000);
    const shown = async (): Promise<number> => Date.parse(((await page.locator('#clock').textContent()) ?? '').replace(' UTC', 'Z').replace(' ', 'T'));
    await expect.poll(async () => Math.abs((await shown()) - ui.live.now())).toBeLessThan(5000);
  });

  test('lists what was done, each with the command line that does the same', async () => {
    await page.locator('#stream').focus();
    await page.keyboard.press('d');
    const texts = (): Promise<string[]> => page.locator('.deeds li code').allTextContents();
    for (const text of ['send ann@sender.test -> alice@example.test from 198.51.100.77', 'stop store', 'start store', 'heal mx and store', 'clock: advance 1h'])
      await expect.poll(texts).toContain(text);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.locator('.deeds li', { hasText: 'stop store' }).getByRole('button').click();
    await expect.poll(() => page.evaluate<string>('navigator.clipboard.readText()')).toBe(`mailproof stop store --on ${world.ref.instance}`);
  });

  test('shows no password that a step was given', async () => {
    const password = world.model.accounts?.users.bob?.password ?? '';
    await sendByHand({ world, ledger: ui.live.ledger }, 'submit', { user: 'bob', password, from: 'bob@example.test', to: 'alice@example.test' });
    await page.locator('#stream').focus();
    await page.keyboard.press('d');
    await page.locator('.deeds li', { hasText: 'submit as bob' }).waitFor();
    const number = String(ui.live.snapshot().deeds.length);
    await page.getByLabel('from step').fill(number);
    await page.getByLabel('to step').fill(number);
    await page.getByRole('button', { name: 'Show' }).click();
    expect(await page.locator('.panel pre.source').textContent()).toContain('password: "***"');
    const said = (await ask('/events', { headers: bearer(), until: /event: snapshot\n.*\n\n/s })).text;
    expect(said).toContain("--password '***'");
    expect(said + (await page.content())).not.toContain(password);
  });

  test('gives what was done back as a scenario', async () => {
    await page.locator('#stream').focus();
    await page.keyboard.press('d');
    await page.getByLabel('from step').fill('1');
    await page.getByLabel('to step').fill('1');
    await page.getByLabel('title').fill('Lunch arrives');
    await page.getByRole('button', { name: 'Show' }).click();
    const text = (await page.locator('.panel pre.source').textContent()) ?? '';
    expect(parseScenarios('recorded.scenario.yaml', text, world.model)).toMatchObject({ diagnostics: [], scenarios: [{ name: 'Lunch arrives' }] });
    expect(text).toMatch(/- delivered: \{ to: alice@example\.test, mailbox: alice, folder: INBOX \}/);
    await page.getByLabel('file name').fill('../elsewhere');
    await page.getByRole('button', { name: 'Save in the folder of the world' }).click();
    await page.locator('.panel .result.bad', { hasText: 'a name of small letters' }).waitFor();
  });

  test('filters, and says what it does not understand', async () => {
    const count = async (): Promise<string> => (await page.locator('#count').textContent()) ?? '';
    await page.locator('#filter').fill('from:ann to:alice is:delivered');
    await expect.poll(count).toMatch(/^2 of \d+$/);
    await page.locator('#filter').fill('is:refused host:mx');
    await expect.poll(count).toMatch(/^1 of \d+$/);
    await page.locator('#filter').fill('form:ann');
    await page.getByRole('alert').getByText('"form:" is no key of the filter').waitFor();
  });

  test('is used by the keyboard alone', async () => {
    await page.locator('#stream').focus();
    await page.keyboard.press('/');
    expect(await page.evaluate<string>('document.activeElement?.id')).toBe('filter');
    await page.keyboard.type('lunch is:message');
    await page.keyboard.press('ArrowDown');
    expect(await page.evaluate<string>('document.activeElement?.id')).toBe('stream');
    await page.locator('.row.current', { hasText: 'Lunch on Monday' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.locator('.row.current', { hasText: 'Lunch on Friday' }).waitFor();
    expect(await page.locator('#stream').getAttribute('aria-activedescendant')).toBe(await page.locator('.row.current').getAttribute('id'));
    await page.keyboard.press('Enter');
    await page.locator('.panel h2', { hasText: 'Lunch on Friday' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.panel').waitFor({ state: 'hidden' });
    expect(await page.evaluate<string>('document.activeElement?.id')).toBe('stream');
    await page.keyboard.press('c');
    await page.locator('#compose-to').fill('half');
    await page.keyboard.press('Escape');
    expect(await page.locator('#compose-to').inputValue()).toBe('half');
    await page.keyboard.press('Escape');
    await page.locator('.panel').waitFor({ state: 'hidden' });
  });

  test('comes back by itself when the server was away, with what happened meanwhile', async () => {
    const port = Number(new URL(ui.url).port);
    await ui[Symbol.asyncDispose]();
    await page.locator('#connection', { hasText: 'connection lost' }).waitFor();
    await world.hub.exec({ host: 'mx', script: 'printf "Subject: Meanwhile\\n\\nhello\\n" | /usr/sbin/sendmail -f carol@example.test bob@example.test' });
    ui = await serveUi({ world, port });
    await row('carol@example.test').first().waitFor();
    // No log has the subject, and nobody has opened the message: it was read from the mailbox.
    await page.locator('#filter').fill('subject:meanwhile');
    await row('Meanwhile').locator('.state.delivered').waitFor();
    expect(await page.locator('#connection').textContent()).toBe('');
  });

  test.each(['light', 'dark'] as const)('is legible in %s', async (colorScheme) => {
    page = await open(ui.url, { colorScheme });
    await row('alice@example.test').first().waitFor();
    const colors = await page.evaluate<string[]>('[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]');
    const [text = 0, ground = 0] = colors.map(luminance);
    expect(colorScheme === 'dark' ? text > ground : text < ground).toBe(true);
    expect((Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05)).toBeGreaterThan(7);
  });

  test('has asked nobody else, and made no error', () => {
    expect(elsewhere).toEqual([]);
    expect(errors).toEqual([]);
  });

  test('stays smooth with 10,000 messages, keeps no more, and says so', async () => {
    const many = await serveUi({ world, port: 0 });
    try {
      page = await open(many.url);
      const from = many.live.ledger.seq;
      const before = many.live.snapshot().rows.length;
      for (let i = 1; i <= 11_000; i++)
        many.live.take({ seq: from + i, at: worldTime(many.live.now()), type: 'log', host: 'mx', source: '/var/log/exim4/mainlog', line: arrival(i) });
      await page.locator('#count', { hasText: /\d+ older ones dropped, 10000 are kept/ }).waitFor();
      const { rows, dropped } = many.live.snapshot();
      expect(rows.length).toBeLessThanOrEqual(10_500);
      expect(rows.length + dropped).toBe(before + 11_000);
      expect(many.live.ledger.book.entries.size).toBeLessThanOrEqual(10_500);
      await row('user11000@sender.test').waitFor();
      const { drawn, frames } = await page.evaluate<{ drawn: number; frames: number[] }>(SCROLL);
      expect(drawn).toBeGreaterThan(10);
      expect(drawn).toBeLessThan(120);
      // The middle one of sixty, on a busy machine that draws without a graphics card; single frames are late whatever is drawn.
      expect(frames[30]).toBeLessThan(200);
      await expect.poll(() => page.locator('.row').last().textContent()).not.toContain('user11000@');
      await page.locator('#filter').fill('from:user10777@');
      await expect.poll(() => page.locator('#count').textContent()).toMatch(/^1 of /);
    } finally {
      await many[Symbol.asyncDispose]();
    }
  });

  // The last one: nothing is left to look at.
  test('says that the world is gone', async () => {
    page = await open(ui.url);
    await (await openEngine(() => {})).sweep({ 'mailproof.instance': world.ref.instance });
    await page.locator('#connection', { hasText: 'the world is gone' }).waitFor();
    await expect(ui.ended).rejects.toThrow(/the event stream of the hub .* ended/);
  });
});

/** A line as Exim 4.96 writes it when it takes a message. */
function arrival(i: number): string {
  const id = `1zz${String(i).padStart(3, '0').slice(-3)}-${String(i).padStart(6, '0')}-00`;
  return `2026-11-30 12:00:00 ${id} <= user${i}@sender.test H=client.sender.test [198.51.100.77] P=esmtp S=800 id=m${i}@sender.test`;
}

/** Relative luminance of `rgb(1, 2, 3)`, as WCAG 2 has it. */
function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = (color.match(/\d+/g) ?? []).map((part) => {
    const value = Number(part) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Scrolls from the newest to the oldest in sixty steps, one for each frame; runs in the page. */
const SCROLL = `(async () => {
  const stream = document.getElementById('stream');
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const frames = [];
  let drawn = 0;
  let last = await frame();
  for (let i = 1; i <= 60; i++) {
    stream.scrollTop = (stream.scrollHeight * i) / 60;
    const now = await frame();
    frames.push(now - last);
    last = now;
    drawn = Math.max(drawn, document.querySelectorAll('.row').length);
  }
  return { drawn, frames: frames.sort((a, b) => a - b) };
})()`;
