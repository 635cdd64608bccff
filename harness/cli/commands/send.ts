import { EXIT, MailproofError } from '../../base/index.ts';
import { renderTrace } from '../../ledger/index.ts';
import { sendByHand, tellAcceptance } from '../../scenario/index.ts';
import { type Command, flag, print, text, texts } from '../command.ts';
import { onOption, openDesk } from '../instances.ts';
import { followed, stranger, tellOutcome } from '../sending.ts';

export const send: Command = {
  name: 'send',
  usage:
    '--to ADDRESS... [--from ADDRESS] [--client IP] [--helo NAME] [--server HOST] [--port N] [--tls never|required] [--subject S] [--body B] [--size 10K] [--user U] [--on INSTANCE]',
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
    size: { type: 'string' },
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
      const message = { ...given('subject', text(args, 'subject')), ...given('body', text(args, 'body')), ...given('size', sizeOf(text(args, 'size'))) };
      const port = text(args, 'port');
      const value = {
        from: text(args, 'from') ?? (user === undefined ? stranger(model) : `${user}@${domain}`),
        to: to.length === 1 ? to[0] : to,
        ...given('client', text(args, 'client')),
        ...given('helo', text(args, 'helo')),
        ...given('server', text(args, 'server')),
        ...given('port', port === undefined ? undefined : Number(port)),
        ...given('tls', text(args, 'tls')),
        ...given('user', user),
        ...given('password', text(args, 'password')),
        ...(Object.keys(message).length === 0 ? {} : { message }),
      };
      const sent = await sendByHand(desk, user === undefined ? 'send' : 'submit', value);
      const { transcript, trouble } = sent;
      if (!args.json) process.stdout.write(`${transcript.map((line) => `${line.mark.padEnd(3)} ${line.text}`).join('\n')}\n${trouble === undefined ? '' : `${trouble}\n`}`);
      const { outcomes, traces, refused, delivered } = await followed(desk, sent);
      print(args, { transcript, outcomes, traces, trouble, refused }, () =>
        [
          ...traces.map((trace) => renderTrace(trace, { lines: !flag(args, 'no-log') })),
          ...refused,
          ...(outcomes.length === 0 ? [tellAcceptance(sent)] : outcomes.map(tellOutcome)),
        ].join('\n'),
      );
      if (outcomes.length === 0 && sent.silentHosts.length > 0) return EXIT.indeterminate;
      return delivered ? EXIT.ok : EXIT.failed;
    } finally {
      await desk.close();
    }
  },
};

/** A number of octets is a number in a scenario, too. */
const sizeOf = (given: string | undefined): string | number | undefined => (given !== undefined && /^\d+$/.test(given) ? Number(given) : given);
