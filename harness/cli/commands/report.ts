import { readFileSync } from 'node:fs';
import path from 'node:path';
import { EXIT, MailproofError } from '../../base/index.ts';
import { isParityJson, readResults, rewriteParity, slowestText, verbsText, writeReports } from '../../report/index.ts';
import { type Command, count, print } from '../command.ts';

export const report: Command = {
  name: 'report',
  usage: '[RESULTS.json | PARITY.json] [--slowest N]',
  options: { slowest: { type: 'string' } },
  async run(args) {
    const file = args.positionals[0] ?? 'reports/latest/results.json';
    let content: string;
    try {
      content = readFileSync(file, 'utf8');
    } catch (cause) {
      throw new MailproofError('NOT_FOUND', `cannot read ${file}`, { cause, hint: 'mailproof run writes results.json, mailproof parity writes parity.json' });
    }
    if (isParityJson(content)) {
      const written = await rewriteParity(content, file);
      print(args, { written }, () => written.join('\n'));
      return EXIT.ok;
    }
    const results = readResults(content, file);
    const slowest = count(args, 'slowest', 1);
    if (slowest !== undefined) {
      // A question only: the reports stay as they are.
      print(args, { slowest: slowestText(results, slowest), verbs: verbsText(results) }, () => [...slowestText(results, slowest), '', ...verbsText(results)].join('\n'));
      return EXIT.ok;
    }
    const written = await writeReports(results, path.dirname(file));
    print(args, { written }, () => written.join('\n'));
    return EXIT.ok;
  },
};
