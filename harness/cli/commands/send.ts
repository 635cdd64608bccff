import { stringify } from 'yaml';
import { EXIT, InputError, MailproofError, messageOf } from '../../base/index.ts';
import { type Outcome, renderTrace, settle } from '../../ledger/index.ts';
import { parseScenarios, startScenario } from '../../scenario/index.ts';
import { type Command, flag, print, text, texts } from '../command.ts';
import { onOption, openDesk } from '../instances.ts';

/** Guards against a message that never comes to rest; milliseconds. */
const DEADLINE_MS = 120_000;

export const send: Command = {
  name: 'send',
  usage: '--to ADDRESS... [--from ADDRESS] [--client IP] [--helo NAME] [--server HOST] [--port N] [--tls never|required] [--subject S] [--body B] [--user U] [--on INSTANCE]',
  options: {
    ...onOption,
    to: { type: 'string', multiple: true },
    from: { type: 'string' },
    client: { type: 'string' },
    helo: { type: 'string' },
    server: { type: 'string' },
    port: { type: 'string' },
    tls: { type: 'string' },
    subject: { type: 'string' },
    body: { type: 'string' },
    user: { type: 'string' },
    password: { type: 'string' },
    'no-log': { type: 'boolean' },
  },
  async run(args) {
    const to = texts(args, 'to');
    if (to.length === 0) throw new MailproofError('USAGE', 'mailproof send needs a recipient', { hint: 'mailproof send --to alice@example.test' });
    const desk = await openDesk(text(args, 'on'));
    try {
      const { model } = desk.world;
      const user = text(args, 'user');
      const domain = model.accounts?.domain ?? 'example.test';
      const given = (key: string, value: unknown): Record<string, unknown> => (value === undefined ? {} : { [key]: value });
      const message = { ...given('subject', text(args, 'subject')), ...given('body', text(args, 'body')) };
      const port = text(args, 'port');
      const value = {
        from: text(args, 'from') ?? (user === undefined ? `postmaster@${model.clients[0]?.name ?? 'sender.test'}` : `${user}@${domain}`),
        to,
        ...given('client', text(args, 'client')),
        ...given('helo', text(args, 'helo')),
        ...given('server', text(args, 'server')),
        ...given('port', port === undefined ? undefined : Number(port)),
        ...given('tls', text(args, 'tls')),
        ...given('user', user),
        ...given('password', text(args, 'password')),
        ...(Object.keys(message).length === 0 ? {} : { message }),
      };
      // The desk sends as a scenario does: one verb, one implementation.
      const yaml = stringify({ scenario: 'From the desk', steps: [{ [user === undefined ? 'send' : 'submit']: value }] });
      const { scenarios, diagnostics } = parseScenarios('mailproof send', yaml, model);
      const [scenario] = scenarios;
      const [example] = scenario?.examples ?? [];
      if (scenario === undefined || example === undefined) throw new InputError(diagnostics, new Map([['mailproof send', yaml]]));
      const session = await startScenario(desk.world, desk.ledger, scenario, example);
      const trouble = await session.step(0).then(() => undefined, messageOf);
      const { record } = await session.close({ leaveMail: true });
      const roots = desk.ledger.roots().map((root) => root.id);
      const transcript = record.steps.flatMap((step) => step.transcript ?? []);
      if (!args.json) process.stdout.write(`${transcript.map((line) => `${line.mark.padEnd(3)} ${line.text}`).join('\n')}\n${trouble === undefined ? '' : `${trouble}\n`}`);
      const outcomes = await settle({ ledger: desk.ledger, hub: desk.world.hub, roots, deadlineMs: DEADLINE_MS });
      const traces = roots.flatMap((root) => desk.ledger.trace(root));
      print(args, { transcript, outcomes, traces, trouble }, () =>
        [...traces.map((trace) => renderTrace(trace, { lines: !flag(args, 'no-log') })), ...(outcomes.length === 0 ? ['not accepted'] : outcomes.map(describe))].join('\n'),
      );
      return trouble === undefined && outcomes.length > 0 && outcomes.every((outcome) => outcome.kind === 'delivered' && outcome.message === 'mail') ? EXIT.ok : EXIT.failed;
    } finally {
      await desk.close();
    }
  },
};

function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'delivered': {
      const { place } = outcome;
      const where =
        'mailbox' in place
          ? `${place.mailbox.user}'s ${place.mailbox.folder} on ${place.mailbox.host}`
          : 'outside' in place
            ? place.outside.party
            : `${place.local.what} on ${place.local.host}`;
      return `${outcome.message === 'mail' ? 'delivered' : `${outcome.message} delivered`}: ${outcome.to} in ${where}`;
    }
    case 'queued':
      return `waits on ${outcome.host}: ${outcome.to}: ${outcome.reason}${outcome.nextTry === undefined ? '' : `, next try ${new Date(outcome.nextTry).toISOString()}`}`;
    case 'discarded':
      return `discarded by ${outcome.host}: ${outcome.to}: ${outcome.rule}`;
    case 'failed':
      return `failed on ${outcome.host}: ${outcome.to}: ${outcome.reason}`;
  }
}
