import path from 'node:path';
import { EXIT } from '../../base/index.ts';
import { exitCodeOf, runScenarios } from '../../runner/index.ts';
import { type Command, flag, text, texts } from '../command.ts';
import { interruptible, REPORTS, report, runningOptions, runOptions } from '../running.ts';

export const run: Command = {
  name: 'run',
  usage: '[WORLD | DIR | FILE[:LINE]]... [--variant V]... [-t NAME] [--tag T] [--covers R] [--shard I/N] [--retries N] [--fail-on-flaky] [--keep] [--capture] [--requirements]',
  options: {
    ...runningOptions,
    variant: { type: 'string', multiple: true },
    shard: { type: 'string' },
    'fail-on-flaky': { type: 'boolean' },
    capture: { type: 'boolean' },
    requirements: { type: 'boolean' },
  },
  async run(args) {
    const { signal, end } = interruptible();
    try {
      const variants = texts(args, 'variant');
      const shard = text(args, 'shard');
      const results = await runScenarios({
        ...runOptions(args, signal),
        ...(variants.length === 0 ? {} : { variants }),
        ...(shard === undefined ? {} : { shard }),
        ...(flag(args, 'capture') ? { captures: path.resolve(REPORTS, 'captures') } : {}),
      });
      await report(results);
      if (args.json) process.stdout.write(`${JSON.stringify(results)}\n`);
      return signal.aborted ? EXIT.indeterminate : exitCodeOf(results, { failOnFlaky: flag(args, 'fail-on-flaky') });
    } finally {
      end();
    }
  },
};
