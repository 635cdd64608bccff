import { readFileSync } from 'node:fs';
import path from 'node:path';
import { EXIT, MailproofError } from '../../base/index.ts';
import { fillDocument, graphOf, mermaid, svg, writeAll } from '../../report/index.ts';
import { loadWorld } from '../../world/index.ts';
import { type Command, print, text } from '../command.ts';

const FORMATS = { svg, mermaid } as const;

export const graph: Command = {
  name: 'graph',
  usage: 'WORLD [--variant V] [--format svg|mermaid] [--output FILE] [--doc PAGE.md]',
  options: { variant: { type: 'string' }, format: { type: 'string' }, output: { type: 'string' }, doc: { type: 'string' } },
  async run(args) {
    const [name, ...more] = args.positionals;
    if (name === undefined || more.length > 0) throw new MailproofError('USAGE', 'mailproof graph takes one world', { hint: 'mailproof graph starter --output starter.svg' });
    const model = loadWorld(name, text(args, 'variant'));
    const [page, output, format = 'svg'] = [text(args, 'doc'), text(args, 'output'), text(args, 'format')];
    if (format !== 'svg' && format !== 'mermaid') throw new MailproofError('USAGE', `--format takes svg or mermaid, got "${format}"`);
    if (page !== undefined && output !== undefined) throw new MailproofError('USAGE', '--doc says where everything is written: --output does not go with it');
    const drawn = graphOf(model);
    if (page === undefined && output === undefined) {
      if (args.json) print(args, drawn, () => '');
      else process.stdout.write(FORMATS[format](drawn));
      return EXIT.ok;
    }
    const files = page !== undefined ? fillDocument(model, page, readPage(page)) : [{ file: output ?? '', content: FORMATS[format](drawn) }];
    const written = await writeAll(
      '.',
      files.map(({ file, content }) => ({ file: path.normalize(file), content })),
    );
    print(args, { written }, () => written.join('\n'));
    return EXIT.ok;
  },
};

function readPage(page: string): string {
  try {
    return readFileSync(page, 'utf8');
  } catch (cause) {
    throw new MailproofError('NOT_FOUND', `cannot read ${page}`, { cause, hint: 'write the page first, with <!-- graph --> and <!-- /graph --> where the picture goes' });
  }
}
