import { z } from 'zod';
import { matches, patternSchema, showPattern } from '../pattern.ts';
import { verb } from './verb.ts';

export const runCommand = verb({
  name: 'run',
  description: 'runs a shell command as root on a host: for what no other verb can say',
  schema: z.strictObject({
    host: z.string(),
    command: z.string(),
    status: z.int().min(0).max(255).optional().describe('exit status that it must have; 0 unless told'),
    output: patternSchema.optional().describe('what standard output and error must be, line ends at the end left out'),
  }),
  examples: [{ host: 'mx', command: 'exim4 -bt alice@example.test', status: 0, output: '*router = accounts*' }],
  given: false,
  changes: () => true,
  summary: (value) => `run on ${value.host}: ${value.command.split('\n')[0]}`,
  check: (value, context) => {
    context.host(['host'], value.host);
  },
  run: async (value, context) => {
    const { status, output } = await context.run.hub.exec({ host: value.host, script: value.command });
    const wanted = value.status ?? 0;
    const said = output.replace(/\n+$/, '');
    if (status !== wanted)
      context.fail(
        [value.status === undefined ? 'command' : 'status'],
        `on ${value.host} the command ended with status ${status}, expected ${wanted}; it said:\n${said || '(nothing)'}`,
      );
    if (value.output !== undefined && !matches(value.output, said))
      context.fail(['output'], `on ${value.host} the command said:\n${said || '(nothing)'}\nexpected ${showPattern(value.output)}`);
  },
});
