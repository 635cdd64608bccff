import { EXIT, MailproofError } from '../../base/index.ts';
import { type AddressRoute, differencesOf, type ExpectedAddress, type ListedAddress, Routes, readAddresses, readExpected, sendByHand, tellRow } from '../../scenario/index.ts';
import { type Command, flag, print, progress, text } from '../command.ts';
import { type Desk, onOption, openDesk } from '../instances.ts';
import { type Followed, followed, stranger, tellOutcome } from '../sending.ts';
import { table } from '../table.ts';

/** Addresses that are asked for at the same time: hosts are asked with a few processes for each. */
const TOGETHER = 4;

/** What would happen to mail to one address, and what did. */
interface Asked {
  listed: ListedAddress & Partial<ExpectedAddress>;
  route: AddressRoute;
  sent?: Followed;
  differences: string[];
}

export const address: Command = {
  name: 'address',
  usage: 'ADDRESS... [--from ADDRESS] [--client IP] [--server HOST] [--file FILE] [--expect FILE] [--send] [--on INSTANCE]',
  options: {
    ...onOption,
    from: { type: 'string' },
    client: { type: 'string' },
    server: { type: 'string' },
    file: { type: 'string' },
    expect: { type: 'string' },
    send: { type: 'boolean' },
  },
  async run(args) {
    const [file, expect] = [text(args, 'file'), text(args, 'expect')];
    const listed = [
      ...args.positionals.map((to) => ({ to, file: 'command line', line: 1 })),
      ...(file === undefined ? [] : readAddresses(file)),
      ...(expect === undefined ? [] : readExpected(expect)),
    ];
    if (listed.length === 0)
      throw new MailproofError('USAGE', 'mailproof address takes addresses', { hint: 'mailproof address alice@example.test, or --file FILE with one a line' });
    const bare = listed.find(({ to }) => !to.includes('@'));
    if (bare !== undefined) throw new MailproofError('USAGE', `"${bare.to}" is not an address: it has no @`, { hint: `mailproof address ${bare.to}@example.test` });
    const desk = await openDesk(text(args, 'on'));
    try {
      const defaults = { from: text(args, 'from'), client: text(args, 'client'), server: text(args, 'server') };
      const routes = new Routes(desk.world);
      const asked = await inLanes(listed, (one) => ask(routes, one, { ...defaults, from: defaults.from ?? stranger(desk.world.model) }));
      if (flag(args, 'send')) for (const one of asked) one.sent = await send(desk, one, defaults.server);
      print(
        args,
        asked.map(({ listed: { file: at, line, words }, route, sent, differences }) => ({
          ...route,
          ...(sent === undefined ? {} : { sent }),
          ...(words === undefined ? {} : { expected: { file: at, line, words }, differences }),
        })),
        () => tell(asked),
      );
      const different = asked.filter(({ differences }) => differences.length > 0);
      if (expect !== undefined && !args.json)
        progress(different.length === 0 ? `${expect}: all as expected` : `${expect}: ${different.length} of ${asked.length} addresses are not as expected`);
      return different.length > 0 || asked.some(({ sent }) => sent?.delivered === false) ? EXIT.failed : EXIT.ok;
    } finally {
      await desk.close();
    }
  },
};

interface Defaults {
  from: string;
  client: string | undefined;
  server: string | undefined;
}

async function ask(routes: Routes, listed: Asked['listed'], defaults: Defaults): Promise<Asked> {
  const [client, server] = [listed.client ?? defaults.client, defaults.server];
  const from = listed.from ?? defaults.from;
  const route = await routes.of({ address: listed.to, from, ...(client === undefined ? {} : { client }), ...(server === undefined ? {} : { server }) });
  return { listed, route, differences: listed.words === undefined ? [] : differencesOf(route, listed.words) };
}

async function send(desk: Desk, { route }: Asked, server: string | undefined): Promise<Followed> {
  const { address: to, from, client } = route;
  return followed(desk, await sendByHand(desk, 'send', { from, to, client, ...(server === undefined ? {} : { server }) }));
}

function tell(asked: readonly Asked[]): string {
  const lines = table(
    ['ADDRESS', 'HOST', 'OFFERED', 'BY', 'NEXT'],
    asked.flatMap(({ route }) =>
      route.rows.map((row, index) => {
        const { recipient, host, answer, by, next } = tellRow(row);
        const shown = index === 0 ? route.address : `  ${recipient}`;
        return [shown, host, answer, by, next];
      }),
    ),
  );
  const differences = asked.flatMap(({ listed, differences: list }) => list.map((one) => `${listed.file}:${listed.line} ${listed.to}: ${one}`));
  const sent = asked.flatMap(({ route, sent: one }) => (one === undefined ? [] : [`sent to ${route.address}:`, ...tellSent(one).map((line) => `  ${line}`)]));
  return [lines, ...(sent.length === 0 ? [] : ['', ...sent]), ...(differences.length === 0 ? [] : ['', ...differences])].join('\n');
}

function tellSent({ trouble, refused, outcomes }: Followed): string[] {
  return [...(trouble === undefined ? [] : [trouble]), ...refused, ...outcomes.map(tellOutcome)];
}

/** Results in the order of the input. */
async function inLanes<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...all.entries()];
  await Promise.all(
    Array.from({ length: TOGETHER }, async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results[next[0]] = await work(next[1]);
    }),
  );
  return results;
}
