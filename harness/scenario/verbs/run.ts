import { z } from 'zod';
import { MailproofError } from '../../base/index.ts';
import { Arrivals, describeArrival } from '../arrivals.ts';
import { matches, patternSchema, showPattern } from '../pattern.ts';
import type { StepContext } from '../run.ts';
import { labelSchema } from './sending.ts';
import { verb } from './verb.ts';

const sendsSchema = z.strictObject({
  from: patternSchema.optional().describe('envelope sender'),
  to: patternSchema.describe('one of its recipients, as it was given to the host'),
  at: z.string().optional().describe('host that takes it first; any unless told'),
  count: z.int().positive().max(1000).optional().describe('so many such messages; 1 unless told'),
  as: labelSchema.optional(),
});
type Sends = z.infer<typeof sendsSchema>;

export const runCommand = verb({
  name: 'run',
  description: 'runs a shell command as root on a host: for what no other verb can say',
  schema: z.strictObject({
    host: z.string(),
    command: z.string(),
    status: z.int().min(0).max(255).optional().describe('exit status that it must have; 0 unless told'),
    output: patternSchema.optional().describe('what standard output and error must be, line ends at the end left out'),
    undo: z.string().min(1).optional().describe('shell command that takes it back, run when the scenario ends'),
    'side by side': z.literal(true).optional().describe('it only looks, or touches nothing that another scenario would see: it may run in an instance with others'),
    sends: sendsSchema.optional().describe('the system sends a message because of it, which becomes one of this scenario'),
  }),
  examples: [
    { host: 'mx', command: 'exim4 -bt alice@example.test', status: 0, output: '*router = accounts*', 'side by side': true },
    { host: 'mx', command: 'pkill -STOP spamd', undo: 'pkill -CONT spamd' },
    { host: 'mx', command: '/usr/local/bin/report', sends: { from: 'root@*', to: 'postmaster@example.test', as: 'report' } },
  ],
  given: false,
  changes: (value) => value['side by side'] !== true,
  summary: (value) => `run on ${value.host}: ${value.command.split('\n')[0]}${value.sends === undefined ? '' : `, which sends to ${showPattern(value.sends.to)}`}`,
  check: (value, context) => {
    context.host(['host'], value.host);
    if (value.sends?.at !== undefined) context.host(['sends', 'at'], value.sends.at);
    if (value.sends !== undefined) for (let i = 0; i < (value.sends.count ?? 1); i++) context.sent.push(value.sends.as);
  },
  run: async (value, context) => {
    const { hub } = context.run;
    const { host, undo } = value;
    if (undo !== undefined) {
      context.undo(`run on ${host}`, async () => {
        const { status, output } = await hub.exec({ host, script: undo });
        if (status !== 0) throw new MailproofError('COMMAND_FAILED', `on ${host} \`${undo}\` ended with status ${status}; it said:\n${output.trimEnd() || '(nothing)'}`);
      });
    }
    const arrivals = value.sends === undefined ? undefined : await Arrivals.watch(context.run);
    const { status, output } = await hub.exec({ host, script: value.command });
    const wanted = value.status ?? 0;
    const said = output.replace(/\n+$/, '');
    if (status !== wanted)
      context.fail([value.status === undefined ? 'command' : 'status'], `on ${host} the command ended with status ${status}, expected ${wanted}; it said:\n${said || '(nothing)'}`);
    if (value.output !== undefined && !matches(value.output, said))
      context.fail(['output'], `on ${host} the command said:\n${said || '(nothing)'}\nexpected ${showPattern(value.output)}`);
    if (value.sends !== undefined && arrivals !== undefined) await takeIn(value.sends, arrivals, context);
  },
});

async function takeIn({ from, to, at, count = 1, as }: Sends, arrivals: Arrivals, context: StepContext): Promise<void> {
  const found = await arrivals.find({ to, count, ...(from === undefined ? {} : { from }), ...(at === undefined ? {} : { at }) }).catch((error: unknown) => {
    if (!(error instanceof MailproofError) || error.code !== 'DEADLINE') throw error;
    return context.fail(['sends'], error.message, { cause: error });
  });
  if (found.length > count)
    context.fail(
      ['sends'],
      `expected ${count === 1 ? 'one message' : `${count} messages`}, but the command made the system send ${found.length} that fit:\n${found.map(describeArrival).join('\n')}`,
      {
        hint: `tell them apart by \`from\`, \`to\` and \`at\`, or give \`count: ${found.length}\``,
      },
    );
  for (const custody of found) arrivals.enter(custody, as);
  context.record.summary += `: ${found.map((custody) => custody.id).join(', ')}`;
}
