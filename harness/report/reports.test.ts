import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { githubAnnotations } from './github-annotations.ts';
import { resultsPage } from './html/results-page.ts';
import { junit } from './junit.ts';
import { readResults, resultsJson } from './results-json.ts';
import { summaryMarkdown } from './summary-md.ts';
import { exampleResults } from './testdata/results.ts';
import { writeReports } from './write-reports.ts';

const results = exampleResults();

describe('reports', () => {
  it('are written side by side into a folder, whole', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'mailproof-report-'));
    await writeReports(results, path.join(dir, 'latest'));
    expect(readdirSync(path.join(dir, 'latest')).sort()).toEqual(['index.html', 'junit.xml', 'results.json', 'summary.md']);
    expect(readResults(readFileSync(path.join(dir, 'latest', 'results.json'), 'utf8'), 'results.json')).toEqual(JSON.parse(JSON.stringify(results)));
    rmSync(dir, { recursive: true });
  });
});

describe('results.json', () => {
  it.each([
    ['nothing', '', 'is not JSON'],
    ['another file', '{"name": "x"}', 'holds no results'],
    ['a later version', JSON.stringify({ ...results, version: 2 }), 'has version 2, this mailproof reads 1'],
    ['half of it', JSON.stringify({ version: 1, outcome: 'passed' }), 'is damaged'],
  ])('is not read from %s', (_what, content, message) => {
    expect(() => readResults(content, 'r.json')).toThrow(message);
  });

  it('is read from a run of before unknown names were listed', () => {
    const { unknownNames, whole, ...before } = results;
    expect(readResults(JSON.stringify(before), 'r.json')).toMatchObject({ unknownNames: [], whole: [] });
  });

  it('is read again as it was written', () => {
    expect(resultsJson(readResults(resultsJson(results), 'r.json'))).toBe(resultsJson(results));
  });
});

describe('index.html', () => {
  const page = resultsPage(results);

  it('asks for nothing from anywhere', () => {
    expect(page).not.toMatch(/(?:src|href)="(?!#)/);
    expect(page).toContain("default-src 'none'");
  });

  it('shows failures first', () => {
    expect([...page.matchAll(/data-outcome="([a-z]+)"/g)].map(([, outcome]) => outcome)).toEqual(['failed', 'indeterminate', 'flaky', 'passed', 'passed']);
  });

  it('never lets text of a message become markup', () => {
    expect(page).not.toContain('<script>alert');
    expect(page).toContain('&lt;script&gt;alert');
  });

  it('holds the evidence: error with its place, transcript, trace, logs, command', () => {
    for (const part of [
      'scenarios/starter/alias.scenario.yaml:7:9',
      'MAIL FROM:&lt;ann@sender.test&gt;',
      '1vcMwE-00000000017-0abc',
      'npx mailproof run scenarios/starter/alias.scenario.yaml:12 --variant exim',
      'next try +14m 59s',
    ])
      expect(page).toContain(part);
  });

  it('packs the evidence of what passed, and of nothing else', () => {
    const places = [...page.matchAll(/data-outcome="([a-z]+)"[^>]*>(?:(?!<\/details>).)*?data-part=/gs)].map(([, outcome]) => outcome);
    expect(places).toEqual(['passed', 'passed']);
  });

  it('opens the first failure, and says of each in the list what went wrong', () => {
    expect(page.match(/<details class="run"[^>]* open>/g)).toHaveLength(1);
    expect(page).toContain('<span class="why">a copy was expected and did not come');
  });

  it('links packet captures beside it', () => {
    const [first] = results.runs;
    if (first === undefined) throw new Error('the example has runs');
    const recorded = { ...first, outcome: 'failed' as const, attempts: first.attempts.map((attempt) => ({ ...attempt, capture: 'captures/starter/alias-1-exim.pcap' })) };
    expect(resultsPage({ ...results, runs: [recorded] })).toContain('<a href="captures/starter/alias-1-exim.pcap">');
  });

  it('gives every scenario an anchor of its own', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('junit.xml', () => {
  const xml = junit(results);

  it('counts failures, and environments that failed as errors', () => {
    expect(xml).toContain('<testsuites name="mailproof" tests="5" failures="1" errors="1" skipped="0"');
  });

  it('opens and closes every element once', () => {
    const open: string[] = [];
    for (const [, slash, name, end] of xml.matchAll(/<(\/?)([a-zA-Z]+)(?:"[^"]*"|[^">])*?(\/?)>/g)) {
      if (slash === '/') expect(open.pop()).toBe(name);
      else if (end !== '/' && name !== undefined) open.push(name);
    }
    expect(open).toEqual([]);
  });

  it('has one failure for a scenario that failed twice, and a flaky one for each failure that was mended', () => {
    expect(xml.match(/<failure /g)).toHaveLength(1);
    expect(xml.match(/<flakyFailure /g)).toHaveLength(1);
  });
});

describe('summary.md', () => {
  it('leads with the outcome, and keeps text from becoming markup', () => {
    const text = summaryMarkdown(results);
    expect(text.split('\n')[0]).toBe('# Failed');
    expect(text).toContain('| starter S-09 | Nobody relays \\| through us | 0 | not covered |  |');
    expect(text).toContain('| starter S-10 | The load of the machine holds mail back | 0 | not tested | the load is the \\<test machine\\>, not the host |');
    expect(text).toContain('`` something <unheard> `of` ``');
  });
});

describe('what belongs to no scenario', () => {
  const nothing = { ...results, strays: [], unknownNames: [], unparsed: [] };

  it('is listed with host and count', () => {
    const page = resultsPage(results);
    for (const part of ['192.0.2.7 tcp/25', '3 packets', 'no|such.test', '<td>MX</td><td>4</td>']) expect(page).toContain(part);
    expect(summaryMarkdown(results)).toContain('- starter/exim: mx to `192.0.2.7 tcp/25`, 3 packets');
    expect(summaryMarkdown(results)).toContain('- starter/exim: mx asked for ` no|such.test ` MX, 4 times');
  });

  it('is said to be nothing when there is nothing', () => {
    expect(resultsPage(nothing).match(/<p class="dim">None\.<\/p>/g)).toHaveLength(3);
    expect(summaryMarkdown(nothing).match(/^None\.$/gm)).toHaveLength(3);
  });
});

describe('a requirement without a scenario', () => {
  it('is not covered when its whole world was run, and else only not in this run', () => {
    expect(resultsPage(results)).toContain('<span class="badge not-covered">not covered</span>');
    expect(resultsPage(results)).toContain('Not tested: the load is the &lt;test machine&gt;, not the host');
    const part = { ...results, whole: [] };
    expect(resultsPage(part)).not.toContain('>not covered<');
    expect(summaryMarkdown(part)).toContain('| 0 | not in this run |');
  });
});

describe('annotations', () => {
  it('are errors at the line of the YAML, and warnings for flaky scenarios', () => {
    const lines = githubAnnotations(results);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^::error file=scenarios\/starter\/alias\.scenario\.yaml,line=7,col=9,title=starter\/exim%3A An alias .*::a copy was expected .*%0A/);
    expect(lines.filter((line) => line.startsWith('::warning '))).toHaveLength(1);
    for (const line of lines) expect(line).not.toContain('\n');
  });
});
