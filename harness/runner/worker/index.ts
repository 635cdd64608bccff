import path from 'node:path';
import { inject, type TestContext } from 'vitest';
import { MailproofError, messageOf, type Position } from '../../base/index.ts';
import { type AttemptRecord, parseScenarios, type Scenario, type ScenarioExample, type ScenarioSession, startScenario } from '../../scenario/index.ts';
import { PoolClient } from '../pool/client.ts';
import { captureName, startCapture } from './capture.ts';
import { type Attached, attach, detach } from './instances.ts';
import { placeOf, pointAt, scenarioFrame } from './stack.ts';
import '../meta.ts';

/** The generated module's own file. */
export interface TestedFile {
  path: string;
  world: string;
  variant: string;
  /** The file's text when the module was made of it: what is on the disk may have been changed since. */
  source: string;
}

type Step = (index: number) => Promise<void>;
type Body = (step: Step, finish: () => Promise<void>) => Promise<void>;

let client: PoolClient | undefined;

/**
 * Body of every generated test: borrows an instance, runs the steps in it, gives it back, and leaves
 * the record of this attempt in the test's meta whatever happened.
 */
export async function scenario(context: TestContext, file: TestedFile, scenarioIndex: number, example: number, body: Body): Promise<void> {
  const shown = path.relative(process.cwd(), file.path) || file.path;
  const meta = context.task.meta.mailproof;
  if (meta === undefined) throw new Error(`${shown}: the test was not made by mailproof's plugin`);
  const { socket, captures } = inject('mailproof');
  client ??= new PoolClient(socket);
  const began = performance.now();
  const held = await client.lease(`${file.world}/${file.variant}`, meta.mode).catch((error: unknown) => {
    const { thrown, described } = located(error, { file: file.path, line: meta.line, col: 1 }, shown);
    meta.attempts.push(failedBefore(described, performance.now() - began));
    throw thrown;
  });
  const started = performance.now();
  let session: ScenarioSession | undefined;
  let failure: { thrown: Error; described: NonNullable<AttemptRecord['error']> } | undefined;
  let broken: string | undefined;
  let endCapture: (() => Promise<string>) | undefined;
  let at: Position = { file: file.path, line: meta.line, col: 1 };
  const pointing = (run: () => Promise<void>) => {
    const place = placeOf(scenarioFrame(new Error('here').stack));
    if (place) at = { file: file.path, ...place };
    return run();
  };
  try {
    const attached = await attach(held.ref);
    const { parsed, row } = readScenario(attached, file, shown, scenarioIndex, example);
    if (captures !== undefined) {
      const name = captureName({
        world: file.world,
        variant: file.variant,
        file: file.path,
        dir: attached.world.model.dir,
        line: meta.line,
        row: parsed.examples.length > 1 ? example + 1 : undefined,
        attempt: meta.attempts.length + 1,
      });
      endCapture = await startCapture(attached.world, captures, name);
    }
    const running = await startScenario(attached.world, attached.ledger, parsed, row, { afterAlone: held.afterAlone });
    session = running;
    await body(
      (index) => pointing(() => running.step(index)),
      () => pointing(() => running.finish()),
    );
  } catch (error) {
    failure = located(error, at, shown);
  }
  const capture = await endCapture?.().catch((error: unknown) => {
    failure ??= located(error, at, shown);
    return undefined;
  });
  const recorded = capture === undefined ? {} : { capture };
  if (session) {
    const closed = await session.close();
    broken = closed.broken;
    meta.attempts.push({ ...withFailure(closed.record, failure?.described, performance.now() - started), ...recorded });
  } else if (failure) {
    meta.attempts.push({ ...failedBefore(failure.described, performance.now() - started), ...recorded });
  }
  client.send({ type: 'release', lease: held.lease, failed: failure !== undefined, ...(broken === undefined ? {} : { broken }) });
  if (broken !== undefined) await detach(held.instance);
  if (failure) throw failure.thrown;
}

/** Body of the test that stands for something wrong in a scenario file. */
export function invalid(text: string): never {
  const error = new MailproofError('INPUT', text);
  const place = placeOf(scenarioFrame(error.stack));
  const file = scenarioFrame(error.stack)?.match(/(\/[^()]*\.scenario\.yaml)/)?.[1];
  if (place && file !== undefined) pointAt(error, file, place, false);
  throw error;
}

const parsedFiles = new Map<string, { text: string; scenarios: readonly Scenario[] }>();

function readScenario({ world }: Attached, { path: file, source }: TestedFile, shown: string, index: number, example: number): { parsed: Scenario; row: ScenarioExample } {
  // A worker lives for one run, in which the world's file is that of its instances.
  const key = `${world.model.variant} ${file}`;
  let known = parsedFiles.get(key);
  if (known?.text !== source) {
    known = { text: source, scenarios: parseScenarios(shown, source, world.model).scenarios };
    parsedFiles.set(key, known);
  }
  const parsed = known.scenarios[index];
  const row = parsed?.examples[example];
  if (parsed === undefined || row === undefined)
    throw new MailproofError('INPUT', `${shown} is read otherwise than when the run began: its world's file was changed`, { hint: 'run it again' });
  return { parsed, row };
}

/** The error as Vitest shows it (one frame, the hint below the message), and as the record keeps it. */
function located(error: unknown, at: Position, shown: string): { thrown: Error; described: NonNullable<AttemptRecord['error']> } {
  const thrown = error instanceof Error ? error : new Error(messageOf(error));
  const place = positionOf(thrown) ?? { line: at.line, col: at.col };
  const known = thrown instanceof MailproofError;
  const hint = known ? thrown.hint : undefined;
  const described = { code: known ? thrown.code : 'INTERNAL', message: thrown.message, ...(hint === undefined ? {} : { hint }), file: shown, ...place };
  if (hint !== undefined) thrown.message = `${thrown.message}\n${hint}`;
  pointAt(thrown, at.file, place, !known);
  return { thrown, described };
}

function positionOf(error: unknown): Omit<Position, 'file'> | undefined {
  if (typeof error !== 'object' || error === null || !('position' in error)) return undefined;
  const { position } = error;
  return typeof position === 'object' && position !== null && 'line' in position && 'col' in position && typeof position.line === 'number' && typeof position.col === 'number'
    ? { line: position.line, col: position.col }
    : undefined;
}

function withFailure(record: AttemptRecord, error: AttemptRecord['error'], duration_ms: number): AttemptRecord {
  return error === undefined ? { ...record, outcome: 'passed', duration_ms } : { ...record, outcome: 'failed', duration_ms, error };
}

function failedBefore(error: NonNullable<AttemptRecord['error']>, duration_ms: number): AttemptRecord {
  return { outcome: 'failed', duration_ms, error, steps: [], observation: { replies: [], outcomes: [] }, violations: [], traces: [], logs: [] };
}
