import { PARITY_CLASSES, type Parity } from '../../parity/index.ts';
import { inline } from '../summary-md.ts';
import { changesMarkdown, treesMarkdown } from './trees-md.ts';
import { acceptedValues, accounted, machinesOf, noiseOf, SIGNATURES, scopeOf, untouched, verdictOf } from './words.ts';

/** `parity.md`: the verdict, what it says nothing about, the matrix, and each difference. */
export function parityMarkdown(parity: Parity, digest: string): string {
  const classes = [...PARITY_CLASSES].reverse();
  const missing = untouched(parity);
  const out = [
    `# ${verdictOf(parity)}`,
    '',
    `${inline(scopeOf(parity))}.`,
    '',
    ...parity.because.map((line) => `- ${inline(line)}`),
    '',
    ...treesMarkdown(parity.trees),
    '## Not compared',
    '',
  ];
  out.push(...(missing.length === 0 ? ['Everything that the scenarios brought about was compared.'] : missing.map((line) => `- ${inline(line)}`)), '');
  out.push('## Scenarios', '', `| scenario | class | ${classes.join(' | ')} |`, `| --- | --- |${' ---: |'.repeat(classes.length)}`);
  for (const scenario of parity.scenarios) out.push(`| ${inline(scenario.scenario)} | ${scenario.class} | ${classes.map((one) => scenario.counts[one] || '').join(' | ')} |`);
  out.push('');
  for (const scenario of parity.scenarios) {
    const shown = scenario.comparisons.filter((comparison) => comparison.class !== 'equivalent' && comparison.class !== 'identical');
    if (shown.length === 0) continue;
    out.push(
      `### ${inline(scenario.scenario)}`,
      '',
      `\`${scenario.file}:${scenario.line}\``,
      '',
      '| class | what | reference | candidate | note |',
      '| --- | --- | --- | --- | --- |',
    );
    for (const one of shown)
      out.push(
        `| ${one.class} | ${inline(`${one.subject}, ${one.field}`)} | ${inline(one.reference ?? '(absent)')} | ${inline(one.candidate ?? '(absent)')} | ${inline(one.accepted ?? one.note ?? '')} |`,
      );
    out.push('');
  }
  if (parity.acceptances.length > 0) {
    out.push('## Accepted differences', '', '| id | state | reason | owner | ticket | created | expires | matches |', '| --- | --- | --- | --- | --- | --- | --- | --- |');
    out.push(
      ...parity.acceptances.map(
        (use) => `| ${inline(use.id)} | ${use.state} | ${inline(use.reason)} | ${inline(use.owner)} | ${inline(use.ticket)} | ${use.created} | ${use.expires} | ${use.count} |`,
      ),
      '',
    );
  }
  const values = acceptedValues(parity);
  if (values.length > 0) {
    out.push('### Their values', '', '| id | what | reference | candidate | times |', '| --- | --- | --- | --- | --- |');
    out.push(...values.map((row) => `| ${inline(row.id)} | ${inline(row.what)} | ${inline(row.reference)} | ${inline(row.candidate)} | ${row.times} |`), '');
  }
  if (parity.requirements.length > 0) {
    out.push('## Requirements', '', accounted(parity), '', '| id | requirement | class |', '| --- | --- | --- |');
    out.push(
      ...parity.requirements.map(
        ({ id, text, untested, class: one }) => `| ${inline(id)} | ${inline(text)} | ${one === 'not covered' && untested !== undefined ? 'not tested' : one} |`,
      ),
      '',
    );
  }
  const noise = noiseOf(parity);
  if (noise.length > 0) {
    out.push(
      '## Noise',
      '',
      'What differed between the two runs of the reference says nothing about the candidate.',
      '',
      '| scenario | what | first run | second run |',
      '| --- | --- | --- | --- |',
    );
    out.push(...noise.map((row) => `| ${inline(row.scenario)} | ${inline(row.what)} | ${inline(row.first)} | ${inline(row.second)} |`), '');
  }
  out.push(
    '## Rules',
    '',
    '| rule | makes | why | used |',
    '| --- | --- | --- | ---: |',
    ...parity.rules.filter((rule) => rule.used > 0).map((rule) => `| ${rule.name} | ${rule.makes} | ${inline(rule.why)} | ${rule.used} |`),
    '',
    ...changesMarkdown(parity.trees),
    '## Sides',
    '',
    '| | variant | started | mailproof, engine | configuration (sha256) |',
    '| --- | --- | --- | --- | --- |',
    `| reference | ${parity.reference.variant} | ${parity.reference.started} | ${parity.reference.mailproof}, ${parity.reference.engine} | \`${parity.reference.hash}\` |`,
    `| candidate | ${parity.candidate.variant} | ${parity.candidate.started} | ${parity.candidate.mailproof}, ${parity.candidate.engine} | \`${parity.candidate.hash}\` |`,
    '',
    '| host | side | software | configuration (sha256) |',
    '| --- | --- | --- | --- |',
    ...machinesOf(parity).map((one) => `| ${one.world} ${one.host} | ${one.side} | ${inline(`${one.image} ${one.versions}`)} | \`${one.hash}\` |`),
    '',
    `sha256 of parity.json: \`${digest}\``,
    '',
    '| | name | date | signature |',
    '| --- | --- | --- | --- |',
    ...SIGNATURES.map((what) => `| ${what} | | | |`),
    '| conditions | | | |',
    '',
  );
  return out.join('\n');
}
