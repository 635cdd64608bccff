import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Results, ScenarioRun } from '../scenario/index.ts';
import { FAULTS } from './faults.ts';
import { makeProject, type Project } from './project.ts';

const DEADLINE_MS = 900_000;

/** A scenario of red/, the line that is marked in it, and what the failure must say. */
interface Red {
  file: string;
  title: string;
  line: number;
  says: RegExp;
}

function redScenarios(): Red[] {
  const folder = fileURLToPath(new URL('./red', import.meta.url));
  return readdirSync(folder).flatMap((file) => {
    let title = '';
    return readFileSync(`${folder}/${file}`, 'utf8')
      .split('\n')
      .flatMap((text, index): Red[] => {
        title = text.match(/^scenario: (.*?)(?:\s+#.*)?$/)?.[1] ?? title;
        const marker = text.match(/# red: \/(.*)\/([a-z]*)$/);
        return marker ? [{ file, title, line: index + 1, says: new RegExp(marker[1] ?? '', marker[2]) }] : [];
      });
  });
}

describe('every kind of expectation can fail, for the right reason, at the right line', () => {
  let project: Project;
  let results: Results;
  let status = 0;
  beforeAll(async () => {
    project = makeProject('red');
    ({ results, status } = await project.run(['starter', '--variant', 'exim']));
  }, DEADLINE_MS);
  afterAll(() => project?.remove());

  test('the run as a whole is red, and every scenario of it', () => {
    expect(status).toBe(1);
    expect(results.runs.filter((run) => run.outcome !== 'failed').map((run) => `${run.scenario}: ${run.outcome}`)).toEqual([]);
    expect(results.runs).toHaveLength(redScenarios().length);
  });

  test.each(redScenarios())('$title', ({ file, title, line, says }) => {
    const run = results.runs.find((candidate) => candidate.scenario === title && candidate.file.endsWith(file));
    const error = run?.attempts.at(-1)?.error;
    expect(error, title).toBeDefined();
    expect(error?.message).toMatch(says);
    expect(`${file}:${error?.line}`).toBe(`${file}:${line}`);
  });
});

describe('a planted fault is noticed by those who must, and by nobody else', () => {
  let project: Project;
  let results: Results;
  beforeAll(async () => {
    project = makeProject('watch', FAULTS);
    ({ results } = await project.run(['starter']));
  }, DEADLINE_MS);
  afterAll(() => project?.remove());

  const failedIn = (variant: string): ScenarioRun[] => results.runs.filter((run) => run.variant === variant && run.outcome !== 'passed');

  test('without a fault everything is green', () => {
    expect(failedIn('exim').map((run) => `${run.scenario}: ${run.attempts.at(-1)?.error?.message}`)).toEqual([]);
    expect(results.runs.filter((run) => run.variant === 'exim').length).toBeGreaterThan(3);
  });

  test.each(FAULTS)('$name', ({ name, noticed, told, listed }) => {
    const failed = new Map(failedIn(name).map((run) => [run.scenario, run.attempts.at(-1)?.error?.message ?? '']));
    for (const [scenario, says] of Object.entries(noticed)) expect(failed.get(scenario), scenario).toMatch(says);
    const others = [...failed].filter(([scenario, message]) => !(scenario in noticed) && told?.test(message) !== true);
    expect(others).toEqual([]);
    const met = [...results.strays.map(({ variant, to }) => ({ variant, what: to })), ...results.unknownNames.map((one) => ({ variant: one.variant, what: one.name }))];
    expect(met.some(({ variant, what }) => variant === name && what.includes(listed ?? 'nowhere'))).toBe(listed !== undefined);
  });
});
