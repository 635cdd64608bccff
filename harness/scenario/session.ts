import { envelopeAddress, MailproofError, messageOf, type Position } from '../base/index.ts';
import type { HandedOver, Stray } from '../internet/index.ts';
import type { Ledger, Trace, Violation } from '../ledger/index.ts';
import type { World } from '../world/index.ts';
import type { SentMessage } from './actual.ts';
import { Attribution } from './attribution.ts';
import { ExpectationError } from './expectation-error.ts';
import { meet } from './expectations.ts';
import { forgetTroubles, removeLeftovers } from './leftovers.ts';
import type { AttemptRecord, StepRecord } from './result.ts';
import { Run, rootsOf, StepContext } from './run.ts';
import type { Scenario, ScenarioExample, ScenarioStep } from './scenario-file.ts';
import { storeTruth } from './store-truth.ts';
import { stopStreams } from './stream/finish.ts';
import type { Claim } from './verbs/verb.ts';

/** One attempt of one scenario in a running world. */
export interface ScenarioSession {
  /** The messages that were handed over so far, or were tried to be. */
  readonly sent: readonly SentMessage[];
  /** Runs the step with this index. @throws ExpectationError, or MailproofError with the place of the step */
  step(index: number): Promise<void>;
  /** The messages handed over so far, and what was said to each. */
  handedOver(): HandedOver[];
  /** Hosts that may have taken a message: their reply to the final dot was lost, and their logs have not told so far. */
  silentHosts(): string[];
  /** Names in the ledger of those that were taken. */
  roots(): string[];
  /** The unwritten last `expect`, then what must hold whatever a scenario says. @throws ExpectationError, MailproofError INVARIANT */
  finish(): Promise<void>;
  /**
   * Takes the messages that still wait out of the queues, then back what was changed, last first. Called once, also after a failure; never throws.
   * @param options.leaveMail messages stay in the queues: nobody comes after
   * @returns the record, and why the instance cannot be used for another scenario
   */
  close(options?: { leaveMail?: boolean }): Promise<{ record: AttemptRecord; broken?: string }>;
}

/**
 * Begins a scenario: applies its `given`.
 * @param options.afterAlone who had the instance before had it alone, too, and has put everything back
 * @throws MailproofError with the place of the `given` that failed, after taking back what was done
 */
export async function startScenario(
  world: World,
  ledger: Ledger,
  scenario: Scenario,
  example: ScenarioExample,
  { afterAlone = false }: { afterAlone?: boolean } = {},
): Promise<ScenarioSession> {
  const [run, strays] = await Promise.all([Run.begin(world, ledger), world.hub.strays()]);
  const session = new Session(run, scenario, example, strays);
  try {
    await session.given(afterAlone);
  } catch (error) {
    const { broken } = await session.close();
    throw broken === undefined ? error : new MailproofError('INVARIANT', `${messageOf(error)}\n${broken}`, { cause: error });
  }
  return session;
}

class Session implements ScenarioSession {
  readonly #run: Run;
  readonly #scenario: Scenario;
  readonly #example: ScenarioExample;
  readonly #straysBefore: readonly Stray[];
  readonly #began = performance.now();
  readonly #records: StepRecord[];
  #violations: Violation[] = [];
  #failure: AttemptRecord['error'];

  constructor(run: Run, scenario: Scenario, example: ScenarioExample, straysBefore: readonly Stray[]) {
    this.#run = run;
    this.#scenario = scenario;
    this.#example = example;
    this.#straysBefore = straysBefore;
    this.#records = example.steps.map((step, index) => newRecord(step, index));
  }

  get sent(): readonly SentMessage[] {
    return this.#run.sent;
  }

  async given(afterAlone: boolean): Promise<void> {
    // What scenarios side by side taught hosts of others stays with those hosts: some of them may still want it.
    if (this.#scenario.mode === 'alone' && !afterAlone) await forgetTroubles(this.#run, 'all');
    for (const [index, step] of this.#example.given.entries()) await this.#perform(step, -1 - index, newRecord(step, -1 - index));
  }

  async step(index: number): Promise<void> {
    const step = this.#example.steps[index];
    const record = this.#records[index];
    if (step === undefined || record === undefined) throw new MailproofError('USAGE', `the scenario has no step ${index + 1}`);
    await this.#perform(step, index, record);
  }

  handedOver(): HandedOver[] {
    return this.#run.sent.map((sent) => ({
      ...(sent.messageId === undefined ? {} : { messageId: sent.messageId }),
      from: envelopeAddress(sent.from),
      to: sent.to.map(envelopeAddress),
      ...(sent.notify === undefined ? {} : { notify: sent.notify }),
      taken: rootsOf(sent)
        .flatMap((id) => this.#run.ledger.root(id) ?? [])
        .map(({ host, to, reply, custody }) => ({ host, to, reply, ...(custody === undefined ? {} : { custody }) })),
      refused: this.#run.refusals
        .filter((one) => one.sent === sent)
        .map(({ refusal: { to, stage, reply, text } }) => ({
          to,
          stage,
          ...(reply === undefined ? {} : { code: reply.code, ...(reply.enhanced === undefined ? {} : { enhanced: reply.enhanced }) }),
          text,
        })),
    }));
  }

  silentHosts(): string[] {
    return [...new Set(this.#run.unanswered.filter(({ root }) => root === undefined).map(({ host }) => host))];
  }

  roots(): string[] {
    return this.#run.roots;
  }

  async finish(): Promise<void> {
    const last = this.#example.steps.at(-1);
    const at = last?.at([]) ?? this.#place;
    const record: StepRecord = { index: this.#records.length, verb: 'expect', summary: 'nothing is left unnamed', line: at.line, col: at.col, outcome: 'not-run', ms: 0 };
    await this.#guarded(at, async () => {
      await meet(new StepContext(this.#run, this.#records.length, record, () => at), { outcomes: [], checks: [] }, { unwritten: true });
      this.#violations = await this.#findViolations();
      if (this.#violations.length > 0) {
        throw Object.assign(
          new MailproofError('INVARIANT', ['what must hold whatever a scenario says does not:', ...this.#violations.map((one) => `  ${one.code}: ${one.message}`)].join('\n')),
          { position: this.#place },
        );
      }
    });
  }

  async close({ leaveMail = false }: { leaveMail?: boolean } = {}): Promise<{ record: AttemptRecord; broken?: string }> {
    const run = this.#run;
    let { broken } = run;
    const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        broken ??= `${what}: ${messageOf(error)}`;
      }
    };
    await attempt('the streams of this scenario did not end', () => stopStreams(run));
    for (const hangUp of run.hangUps) hangUp();
    const traces = this.#traces();
    // Before the receivers are taken back that it waits for; what a host that is down holds comes when it is up again.
    const clear = (reach: 'up' | 'all'): Promise<void> =>
      leaveMail ? Promise.resolve() : attempt('messages of this scenario are left in queues', () => removeLeftovers(run, reach));
    await clear('up');
    for (const { what, run: undo } of run.undo.splice(0).reverse()) await attempt(`taking back "${what}" failed`, undo);
    await clear('all');
    if (!leaveMail && this.#scenario.mode === 'alone') await attempt('what a host knows of others that failed could not be deleted', () => forgetTroubles(run, 'own'));
    run.tap.close();
    const record: AttemptRecord = {
      outcome: this.#failure === undefined ? 'passed' : 'failed',
      duration_ms: Math.round(performance.now() - this.#began),
      ...(this.#failure === undefined ? {} : { error: this.#failure }),
      steps: this.#records,
      observation: run.observation,
      violations: this.#violations.length > 0 ? this.#violations : run.violations,
      traces,
      logs: traces
        .flatMap((trace) => trace.hops.flatMap((hop) => hop.lines.map((line) => ({ at: line.at, host: line.host, source: line.source, line: line.line }))))
        .sort((a, b) => a.at - b.at),
    };
    return broken === undefined ? { record } : { record, broken };
  }

  get #place(): Position {
    return { file: this.#scenario.file, line: this.#scenario.line, col: this.#scenario.col };
  }

  #traces(): Trace[] {
    try {
      return tracedRoots(this.#run).flatMap((root) => this.#run.ledger.trace(root));
    } catch {
      // Evidence must not hide the failure that it is about.
      return [];
    }
  }

  async #perform(step: ScenarioStep, index: number, record: StepRecord): Promise<void> {
    const began = performance.now();
    record.worldTime = this.#run.since(this.#run.now());
    record.outcome = 'failed';
    try {
      await this.#guarded(step.at([]), () => {
        const bound = step.bind(this.#run.token);
        this.#run.words.push(bound.words());
        this.#run.claims = this.#claimsAfter(index);
        for (const stream of this.#run.streams.values()) stream.claimsChanged();
        return bound.run(new StepContext(this.#run, index, record, step.at));
      });
      record.outcome = 'passed';
    } finally {
      for (const stream of this.#run.streams.values()) stream.changed();
      record.ms = Math.round(performance.now() - began);
    }
  }

  /** What the steps up to the next `expect`, which waits for the end of every stream, still need of streams. */
  #claimsAfter(index: number): Claim[] {
    const present = this.#example.steps[index]?.verb;
    if (index < 0 || present === 'expect' || (present !== 'stream' && this.#run.streams.size === 0)) return [];
    const later = this.#example.steps.slice(index + 1);
    const end = later.findIndex((step) => step.verb === 'expect');
    return later.slice(0, end === -1 ? undefined : end).flatMap((step) => step.bind(this.#run.token).claim() ?? []);
  }

  /** Every failure gets the place in the file that it belongs to, and goes into the record. */
  async #guarded(at: Position, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const placed = error instanceof ExpectationError ? error.position : at;
      const known = error instanceof MailproofError;
      this.#failure ??= { code: known ? error.code : 'INTERNAL', message: messageOf(error), ...(known && error.hint !== undefined ? { hint: error.hint } : {}), ...placed };
      if (error instanceof MailproofError && !('position' in error)) Object.assign(error, { position: at });
      throw error;
    }
  }

  /** Of what was seen in the world, that which belongs to this scenario or to its time. */
  async #findViolations(): Promise<Violation[]> {
    const run = this.#run;
    // Every answer of the hub comes after the events before it, so that nothing of this scenario is still under way to us.
    const [after, truth] = await Promise.all([run.hub.strays(), storeTruth(run)]);
    const strays = newStrays(this.#straysBefore, after);
    const questions = run.tap.events.filter((event) => event.type === 'dns');
    const asked = new Map(questions.filter((event) => !event.known).map((event) => [event.name, event]));
    const whose =
      strays.length + asked.size === 0 ? undefined : new Attribution({ ledger: run.ledger, roots: run.roots, words: [...run.words, ...run.sent.flatMap(envelope)], questions });
    const own = strays.filter((stray) => whose?.ownsStray(stray));
    const found = run.ledger.violations(run.roots, own).filter((one) => one.code !== 'unknown-name');
    const unknown = [...asked.values()]
      .filter((event) => whose?.ownsName(event.name))
      .map(
        (event): Violation => ({
          code: 'unknown-name',
          ...(event.host === undefined ? {} : { host: event.host }),
          message: `${event.host ?? event.client} asked for ${event.name}, a name that this world does not know; it was answered NXDOMAIN`,
        }),
      );
    return [...found, ...unknown, ...truth, ...crashes(run), ...run.violations];
  }
}

/** Servers that crashed in the time of this scenario: whose mail it was, when several run side by side, nobody can tell. */
function crashes({ ledger, tap }: Run): Violation[] {
  return ledger
    .crashes()
    .filter(({ seq }) => seq > tap.since)
    .map(({ host, process, signal }) => ({ code: 'crash', host, message: `${process} on ${host} crashed with signal ${signal} while this scenario ran` }));
}

function newRecord(step: ScenarioStep, index: number): StepRecord {
  return { index, verb: step.verb, summary: step.summary, line: step.line, col: step.col, outcome: 'not-run', ms: 0 };
}

/** So many of those that are one of many are traced, since they did not end as one copy. */
const ODD_ONES = 20;

/** Of many messages that went as planned only a few are shown, and some that did not end as one copy. */
function tracedRoots(run: Run): string[] {
  const odd = (message: SentMessage): boolean => {
    const outcomes = run.ledger.outcomes(rootsOf(message));
    return outcomes.length !== 1 || outcomes[0]?.kind !== 'delivered';
  };
  const [many, few] = [run.sent.filter((message) => message.oneOfMany), run.sent.filter((message) => !message.oneOfMany)];
  return [...few, ...many.filter(odd).slice(0, ODD_ONES)].flatMap(rootsOf);
}

const envelope = (message: SentMessage): string[] => [message.from, ...message.to];

/** Packets to unknown places since `before`. */
function newStrays(before: readonly Stray[], after: readonly Stray[]): Stray[] {
  const key = (stray: Stray): string => [stray.from, stray.to, stray.protocol, stray.port].join(' ');
  const counts = new Map(before.map((stray) => [key(stray), stray.packets]));
  return after.flatMap((stray) => {
    const packets = stray.packets - (counts.get(key(stray)) ?? 0);
    return packets > 0 ? [{ ...stray, packets }] : [];
  });
}
