import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ALIASES, CONFIGURATION, daveForCarol, edit, noSuchVerb, writeProject } from './trees-project.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const DEADLINE_MS = 180_000;
const TEXT = readFileSync(path.join(REPOSITORY, 'action.yml'), 'utf8');

const stepSchema = z.strictObject({
  name: z.string().optional(),
  id: z.string().optional(),
  if: z.string().optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), z.string()).optional(),
  shell: z.literal('bash').optional(),
  env: z.record(z.string(), z.string()).optional(),
  run: z.string().optional(),
});
const actionSchema = z.strictObject({
  name: z.string(),
  description: z.string().max(125),
  branding: z.strictObject({ icon: z.string(), color: z.string() }),
  inputs: z.record(z.string(), z.strictObject({ description: z.string(), default: z.string() })),
  outputs: z.record(z.string(), z.strictObject({ description: z.string(), value: z.string() })),
  runs: z.strictObject({ using: z.literal('composite'), steps: z.array(stepSchema) }),
});
const action = actionSchema.parse(parse(TEXT));

/** Names that a context of GitHub has here: `inputs.world`, `github.repository`. */
type Context = Record<string, string>;

/** The expressions that action.yml uses: names, `||` between them, and in `if` also `always()`, `==`, `!=`, `&&`. */
function evaluate(expression: string, context: Context): string {
  return expression
    .split('||')
    .map((name) => context[name.trim()] ?? '')
    .reduce((first, next) => (first === '' ? next : first));
}

const filled = (text: string, context: Context): string => text.replace(/\$\{\{(.*?)\}\}/g, (_, expression: string) => evaluate(expression, context));

function holds(condition: string, context: Context): boolean {
  return condition.split('&&').every((part) => {
    if (part.trim() === 'always()') return true;
    const [, name = '', operator, wanted] = part.trim().match(/^(\S+) (==|!=) '(.*)'$/) ?? [];
    if (operator === undefined) throw new Error(`the test does not understand the condition "${part}"`);
    return ((context[name] ?? '') === wanted) === (operator === '==');
  });
}

/** A repository at GitHub with the commits `main` and `change`, and the clone of a job that has checked out the latter only. */
class Job {
  readonly root = mkdtempSync(path.join(tmpdir(), 'mailproof-action-test-'));
  readonly origin = path.join(this.root, 'origin');
  readonly workspace = path.join(this.root, 'workspace');
  readonly base: string;
  /** What `gh` was called with. */
  readonly calls = path.join(this.root, 'gh-calls');

  constructor(change: (root: string) => void) {
    mkdirSync(this.origin);
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', this.origin, '-c', 'user.name=t', '-c', 'user.email=t@example.test', ...args], { encoding: 'utf8' }).trim();
    git('init', '--quiet', '--initial-branch=main');
    writeProject(path.join(this.origin, 'mail'));
    git('add', '.');
    git('commit', '--quiet', '--message=base');
    this.base = git('rev-parse', 'HEAD');
    git('switch', '--quiet', '--create', 'change');
    change(path.join(this.origin, 'mail'));
    git('commit', '--quiet', '--all', '--message=head');
    git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    execFileSync('git', ['clone', '--quiet', '--depth=1', '--branch=change', `file://${this.origin}`, this.workspace]);
    for (const folder of ['temp', 'bin']) mkdirSync(path.join(this.root, folder));
  }

  /** `gh`, the program of GitHub: it notes its arguments, and lists one comment when there is one. */
  stubGh(comment: string): void {
    const file = path.join(this.root, 'bin', 'gh');
    writeFileSync(file, `#!/bin/sh\necho "$*" >> '${this.calls}'\ncase "$*" in *--jq*) printf '%s' '${comment}' ;; esac\n`);
    chmodSync(file, 0o755);
  }

  /** Runs the steps as a runner does: after a failure only those that say `always()`. */
  async run(inputs: Record<string, string>): Promise<{ failed: number | undefined; said: string; summary: string; outputs: Context; steps: string[] }> {
    const defaults = Object.fromEntries(Object.entries(action.inputs).map(([name, { default: text }]) => [`inputs.${name}`, text]));
    const context: Context = {
      ...defaults,
      ...{ 'github.action_path': REPOSITORY, 'github.event_name': 'pull_request', 'github.event.pull_request.base.sha': this.base, 'github.event.pull_request.number': '7' },
      ...{ 'github.repository': 'example/mail', 'github.token': 'none', 'runner.temp': path.join(this.root, 'temp') },
      ...Object.fromEntries(Object.entries(inputs).map(([name, text]) => [`inputs.${name}`, text])),
    };
    const [summary, outputs] = ['summary', 'outputs'].map((name) => path.join(this.root, name));
    for (const file of [summary ?? '', outputs ?? '']) writeFileSync(file, '');
    let failed: number | undefined;
    let said = '';
    const steps: string[] = [];
    for (const step of action.runs.steps) {
      if (failed !== undefined && step.if?.includes('always()') !== true) continue;
      if (step.if !== undefined && !holds(step.if, context)) continue;
      steps.push(step.name ?? step.uses ?? '');
      if (step.run === undefined) continue;
      writeFileSync(outputs ?? '', '');
      const env = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, text]) => [name, filled(text, context)]));
      const ended = await bash(step.run, this.workspace, {
        ...env,
        GITHUB_STEP_SUMMARY: summary ?? '',
        GITHUB_OUTPUT: outputs ?? '',
        PATH: `${path.join(this.root, 'bin')}:${process.env.PATH}`,
      });
      said += ended.said;
      if (ended.status !== 0) failed ??= ended.status;
      for (const line of readFileSync(outputs ?? '', 'utf8')
        .split('\n')
        .filter(Boolean)) {
        const at = line.indexOf('=');
        context[`steps.${step.id}.outputs.${line.slice(0, at)}`] = line.slice(at + 1);
      }
    }
    const given = Object.fromEntries(Object.entries(action.outputs).map(([name, { value }]) => [name, filled(value, context)]));
    return { failed, said, summary: readFileSync(summary ?? '', 'utf8'), outputs: given, steps };
  }
}

/** As GitHub runs `shell: bash`. */
function bash(script: string, cwd: string, env: Record<string, string>): Promise<{ status: number; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', CI: 'true', ...env },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status: status ?? -1, said }));
  });
}

let changed: Job;
let broken: Job;
beforeAll(() => {
  changed = new Job((root) => edit(root, ALIASES, daveForCarol));
  broken = new Job((root) => edit(root, CONFIGURATION, noSuchVerb));
});
afterAll(() => {
  for (const job of [changed, broken]) rmSync(job.root, { recursive: true, force: true });
});

test('every input that is read is declared, and every declared one is read', () => {
  const read = new Set([...TEXT.matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name));
  expect([...read].sort()).toEqual(Object.keys(action.inputs).sort());
});

test('the page about CI names each input with its default, and its example only uses such', () => {
  const page = readFileSync(path.join(REPOSITORY, 'docs/ci.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
  expect(rows).toEqual(Object.keys(action.inputs));
  const [github = '', gitlab = ''] = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text]) => text);
  const workflow = z.object({ jobs: z.object({ mail: z.object({ steps: z.array(stepSchema) }) }) }).parse(parse(github));
  for (const name of Object.keys(workflow.jobs.mail.steps[1]?.with ?? {})) expect(Object.keys(action.inputs)).toContain(name);
  expect(parse(gitlab)).toMatchObject({ mail: { script: expect.arrayContaining(['npx mailproof parity starter --base ../base --head .']) } });
});

test('no expression stands in a script, where the text of a pull request would be run', () => {
  for (const step of action.runs.steps) {
    expect(step.run ?? '').not.toContain('${{');
    expect((step.run === undefined) === (step.shell === undefined)).toBe(true);
    if (step.uses !== undefined) expect(step.uses).toMatch(/^[\w-]+\/[\w-]+@v\d+\.\d+\.\d+$/);
  }
});

test(
  'a pull request with a difference: the summary and a new comment name the address, and the job fails with 2 unless told',
  async () => {
    changed.stubGh('');
    const { failed, said, summary, outputs, steps } = await changed.run({ 'working-directory': 'mail', world: 'starter', comment: 'true' });
    expect(failed, said).toBe(2);
    expect(outputs['exit-code']).toBe('2');
    expect(said).toContain('1 address is treated differently: team@example.test');
    expect(summary).toContain('# head does not behave as base');
    expect(summary).toContain('team@example.test');
    expect(summary).toContain(`base is commit ${changed.base}`);
    expect(existsSync(path.join(outputs.report ?? '', 'parity.html'))).toBe(true);
    expect(steps).toContain('Keep the reports');
    const [list, write] = readFileSync(changed.calls, 'utf8').trim().split('\n');
    expect(list).toContain('repos/example/mail/issues/7/comments');
    expect(write).toBe(`api --silent --method POST repos/example/mail/issues/7/comments -F body=@${outputs.report}/parity.comment.md`);
    expect(readFileSync(path.join(outputs.report ?? '', 'parity.comment.md'), 'utf8')).toMatch(/^<!-- mailproof parity -->\n/);
  },
  DEADLINE_MS,
);

test(
  'where both sides are the same nothing is run, a comment that is there is renewed, and the job passes',
  async () => {
    changed.stubGh('4711');
    rmSync(changed.calls, { force: true });
    const { failed, said, summary } = await changed.run({ 'working-directory': 'mail', base: 'change', comment: 'true' });
    expect(failed, said).toBe(undefined);
    expect(summary).toContain('no configuration file differs');
    expect(readFileSync(changed.calls, 'utf8')).toContain('api --silent --method PATCH repos/example/mail/issues/comments/4711 -F body=@');
  },
  DEADLINE_MS,
);

test(
  'a configuration that its server refuses: the summary has the words of the server, and the job fails with 3 whatever is set',
  async () => {
    const { failed, said, summary, outputs } = await broken.run({ 'working-directory': 'mail', 'fail-on-difference': 'false', base: 'origin/main' });
    expect(failed, said).toBe(3);
    expect(outputs['exit-code']).toBe('3');
    expect(summary).toContain('# mailproof could not compare (exit code 3)');
    expect(summary).toMatch(/head: mx \(exim\).*refuses its configuration:\n.*frobnicate/s);
  },
  DEADLINE_MS,
);

test('a base that is no commit is told, and nothing is compared', async () => {
  const { failed, said, steps } = await broken.run({ 'working-directory': 'mail', base: 'nonesuch' });
  expect(failed, said).toBe(3);
  expect(said).toContain('::error::mailproof: base is nonesuch, which is no commit here nor at origin');
  expect(steps).not.toContain('Compare');
});

test('a difference fails the job only where it is to', async () => {
  const verdict = action.runs.steps.find((step) => step.name === 'Verdict')?.run ?? '';
  for (const [env, status] of [
    [{ STATUS: '2', FAIL: 'true' }, 2],
    [{ STATUS: '2', FAIL: 'false' }, 0],
    [{ STATUS: '5', FAIL: 'false' }, 5],
    [{ STATUS: '0', FAIL: 'true' }, 0],
  ] as const)
    expect((await bash(verdict, REPOSITORY, env)).status).toBe(status);
});
