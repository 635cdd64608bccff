import { readFileSync } from 'node:fs';
import path from 'node:path';
import { EXIT, MailproofError } from '../../base/index.ts';
import { readResults, writeReports } from '../../report/index.ts';
import { type Command, print } from '../command.ts';

export const report: Command = {
  name: 'report',
  usage: '[RESULTS.json]',
  options: {},
  async run(args) {
    const file = args.positionals[0] ?? 'reports/latest/results.json';
    let content: string;
    try {
      content = readFileSync(file, 'utf8');
    } catch (cause) {
      throw new MailproofError('NOT_FOUND', `cannot read ${file}`, { cause, hint: 'mailproof run writes it' });
    }
    const written = await writeReports(readResults(content, file), path.dirname(file));
    print(args, { written }, () => written.join('\n'));
    return EXIT.ok;
  },
};
