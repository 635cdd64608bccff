import { readFileSync } from 'node:fs';
import path from 'node:path';
import { MailproofError } from '../../base/index.ts';
import { findScenarioFiles, readRequirements } from '../../runner/index.ts';
import { parseScenarios } from '../../scenario/index.ts';
import type { WorldModel } from '../../world/index.ts';
import { inline } from '../summary-md.ts';
import { plural } from '../words.ts';
import { graphOf } from './graph-model.ts';
import { mermaid } from './mermaid.ts';
import { svg } from './svg.ts';

/** What stands between `<!-- NAME -->` and `<!-- /NAME -->` of a world's page is made from the world's files. */
const PARTS: Readonly<Record<string, (model: WorldModel, page: string) => string>> = { graph: graphPart, requirements: requirementsPart };

/** The picture that belongs to a page: `docs/starter.md` has `docs/starter.svg`. */
export function graphFileOf(page: string): string {
  return page.replace(/\.md$/, '.svg');
}

/**
 * Fills in the parts of a world's page that are made from its files.
 * @param page path of the page, for links from it
 * @returns the files to write
 * @throws MailproofError USAGE when the page has no place for them
 */
export function fillDocument(model: WorldModel, page: string, text: string): { file: string; content: string }[] {
  if (!page.endsWith('.md')) throw new MailproofError('USAGE', `${page} is not a Markdown file`, { hint: 'its name ends in .md' });
  let filled = text;
  const found: string[] = [];
  for (const [name, make] of Object.entries(PARTS)) {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [from, to] = [text.indexOf(open), text.indexOf(close)];
    if (from === -1 && to === -1) continue;
    if (from === -1 || to < from) throw new MailproofError('USAGE', `${page} has ${open} without ${close} after it, or the other way round`);
    found.push(name);
    const [before, after] = [filled.indexOf(open) + open.length, filled.indexOf(close)];
    filled = `${filled.slice(0, before)}\n${make(model, page).trim()}\n${filled.slice(after)}`;
  }
  if (found.length === 0)
    throw new MailproofError('USAGE', `${page} has no place for what is made from the world`, { hint: 'put <!-- graph --> and <!-- /graph --> on lines of their own' });
  return [{ file: page, content: filled }, ...(found.includes('graph') ? [{ file: graphFileOf(page), content: svg(graphOf(model)) }] : [])];
}

function graphPart(model: WorldModel, page: string): string {
  const graph = graphOf(model);
  const picture = path.basename(graphFileOf(page));
  return [
    `![${inline(model.description)}](${picture})`,
    '',
    '<details><summary>The same as Mermaid</summary>',
    '',
    '```mermaid',
    mermaid(graph).trimEnd(),
    '```',
    '',
    '</details>',
  ].join('\n');
}

function requirementsPart(model: WorldModel, page: string): string {
  const scenarios = findScenarioFiles(model.dir).flatMap((file) =>
    parseScenarios(path.relative(process.cwd(), file), readFileSync(file, 'utf8'), model).scenarios.map((scenario) => ({ ...scenario, file })),
  );
  const rows = readRequirements(model.dir).map(({ id, text, untested }) => {
    const covering = scenarios.filter((scenario) => scenario.covers.includes(id));
    const links = covering.map(({ name, file, examples }) => {
      const link = path
        .relative(path.dirname(path.resolve(page)), file)
        .split(path.sep)
        .join('/');
      return `[${inline(name)}](${encodeURI(link)})${examples.length > 1 ? ` (${plural(examples.length, 'row')})` : ''}`;
    });
    return `| ${id} | ${inline(text)} | ${links.join('<br>') || (untested === undefined ? '**not covered**' : '')} | ${inline(untested ?? '')} |`;
  });
  return ['| id | requirement | scenarios | not tested here, and why |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
