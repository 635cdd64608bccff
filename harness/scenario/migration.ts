import { isDeepStrictEqual } from 'node:util';
import { waitUntil } from '../base/index.ts';
import type { Custody } from '../ledger/index.ts';
import {
  type HostModel,
  type HostMove,
  hostMove,
  hubServices,
  imagePaths,
  isOtherMachine,
  joinedManifest,
  namesOf,
  normalName,
  type PathState,
  putScript,
  readStates,
  reinstallHost,
  statesScript,
  type WorldModel,
} from '../world/index.ts';
import { DEADLINE_MS, type StepContext } from './run.ts';

/** A host of one variant. */
interface Standing {
  model: WorldModel;
  host: HostModel;
}

/** Makes of a running host what it is in another variant, and of what it was there before when the scenario ends. */
export async function moveHost({ name, target, then }: { name: string; target: WorldModel; then: 'reload' | 'restart' | undefined }, context: StepContext): Promise<void> {
  const { run } = context;
  await bringBack(name, context);
  if (run.down.has(name)) context.fail([], `host ${name} is down: start it before it is moved to ${target.variant}`);
  const from = standing(run.movedTo.get(name) ?? run.model, name, context);
  const to = standing(target, name, context);
  if (isOtherMachine(from.host, to.host)) return installAnew(to, context);
  const move = hostMove(from, to);
  const how = then ?? move?.then ?? 'reload';
  if (move === undefined) {
    run.movedTo.set(name, target);
    return tell(context, `${name}: nothing differs`);
  }
  const put = await withCertificates(move, context);
  const paths = [...new Set([...put.keys(), ...move.leave])];
  const before = await statesOf(name, paths, context);
  const ofImage = await imagePaths(to.host, move.leave);
  // A directory that a script made is the script's business.
  for (const [at, state] of ofImage) if (state.kind !== 'absent' || before.get(at)?.kind !== 'mode') put.set(at, state);
  context.undo(`migrate ${name} to ${target.variant}`, async () => {
    await change(name, { put: before, prepare: from.host.prepare, move: { services: hubServices(from.host), how } }, context);
    run.movedTo.set(name, from.model);
  });
  await change(name, { put, prepare: move.prepare, move: { services: move.services, how } }, context);
  run.movedTo.set(name, target);
  tell(
    context,
    `${name}: ${describe(put)}${move.prepare.length === 0 ? '' : `${move.prepare.length} scripts of prepare, `}${how} ${move.services.map((one) => one.name).join(', ')}`,
  );
}

/**
 * A host of another image is a machine with an empty disk under the name and the addresses of the one before. That cannot be taken
 * back, so the instance is used by nobody else.
 */
async function installAnew({ model, host }: Standing, context: StepContext): Promise<void> {
  const { run } = context;
  const { name } = host;
  const open = (): Custody[] => run.ledger.custodies(run.roots).filter((custody) => custody.host === name && !custody.completed && custody.receipt === undefined);
  const underWay = (): Custody[] => open().filter(({ recipients }) => recipients.length === 0 || recipients.some(({ state }) => state.end === 'pending'));
  await waitUntil<true>({
    what: `${name} has delivered what it is delivering`,
    deadlineMs: DEADLINE_MS,
    look: () => {
      const busy = underWay();
      return busy.length === 0 ? { met: true, value: true } : { met: false, missing: `it is at work on ${busy.map((custody) => custody.queueId).join(', ')}` };
    },
    subscribe: (again) => run.ledger.onChange(again),
  });
  await run.hub.host({ host: name, action: 'stop' });
  const held = open();
  if (held.length > 0) {
    await run.hub.host({ host: name, action: 'start' });
    context.fail([], `host ${name} still holds ${held.map((custody) => custody.queueId).join(', ')}, which would be lost when it is installed anew as ${host.image}`, {
      hint: 'lead its mail elsewhere, and do not do this while mail waits there for another try',
    });
  }
  run.broken ??= `host ${name} was installed anew as ${host.image}`;
  await reinstallHost(run.world, model, host);
  run.ledger.hostRuns(name, joinedManifest(host).software);
  run.movedTo.set(name, model);
  tell(context, `${name}: installed anew as ${host.image} on ${host.release}`);
}

/** A host that the variant does not have is stopped, as one that is put away. */
export async function putAway(name: string, context: StepContext): Promise<void> {
  const { run } = context;
  if (run.absent.has(name) || run.down.has(name)) return;
  run.down.add(name);
  run.absent.add(name);
  context.undo(`start ${name}`, () => bringBack(name, context));
  await run.hub.host({ host: name, action: 'stop' });
  tell(context, `${name}: stopped`);
}

async function bringBack(name: string, { run }: StepContext): Promise<void> {
  // A scenario may have started it by itself in the meantime.
  if (run.absent.delete(name) && run.down.delete(name)) await run.hub.host({ host: name, action: 'start' });
}

/** Names become what the variant says of them. @param only these; all when undefined */
export async function moveNames(target: WorldModel, only: readonly string[] | undefined, context: StepContext): Promise<void> {
  const { run } = context;
  const names = only === undefined ? namesOf(target) : withNames(run.names, target, only.map(normalName), run.model);
  if (isDeepStrictEqual(names, run.names)) return tell(context, 'names: nothing differs');
  const last = run.names;
  context.undo(`names of ${target.variant}`, async () => {
    await run.hub.names(last);
    run.names = last;
  });
  await run.hub.names(names);
  run.names = names;
  const text = (record: (typeof names.records)[number]): string => `${record.name} ${record.type} ${record.value}`;
  const [had, has] = [last.records.map(text), names.records.map(text)];
  for (const line of had.filter((one) => !has.includes(one))) tell(context, `no longer ${line}`);
  for (const line of has.filter((one) => !had.includes(one))) tell(context, line);
}

/** Outside parties that the variant has otherwise, or only it has. @param only those of these domains; all when undefined */
export async function moveParties(target: WorldModel, only: readonly string[] | undefined, context: StepContext): Promise<void> {
  const { run } = context;
  const domains = only?.map(normalName);
  for (const party of target.outside) {
    if (domains !== undefined && !domains.includes(party.domain)) continue;
    const last = run.parties.get(party.domain);
    if (isDeepStrictEqual(party, last)) continue;
    context.undo(`outside ${party.domain}`, async () => {
      await run.hub.removeOutside(party.domain, run.owner);
      if (last === undefined) run.parties.delete(party.domain);
      else run.parties.set(party.domain, last);
    });
    run.outsideDomains.add(party.domain);
    await run.hub.outside({ party, owner: run.owner });
    run.parties.set(party.domain, party);
    tell(context, `outside ${party.domain} changed`);
  }
}

/** Outside domains that a variant does not have. */
export const lostParties = (model: WorldModel, target: WorldModel): string[] =>
  model.outside.filter(({ domain }) => !target.outside.some((other) => other.domain === domain)).map(({ domain }) => domain);

function withNames(last: ReturnType<typeof namesOf>, target: WorldModel, only: readonly string[], model: WorldModel): ReturnType<typeof namesOf> {
  const named = (host: string): boolean => [...target.hosts, ...model.hosts].some((one) => one.name === host && only.includes(one.fqdn));
  return {
    records: [...last.records.filter((record) => !only.includes(record.name)), ...target.dns.filter((record) => only.includes(record.name))],
    hosts: [...last.hosts.filter((host) => !named(host)), ...target.hosts.map((host) => host.name).filter(named)],
  };
}

function standing(model: WorldModel, name: string, context: StepContext): Standing {
  const host = model.hosts.find((one) => one.name === name) ?? context.fail([], `variant ${model.variant} has no host ${name}`);
  return { model, host };
}

async function withCertificates(move: HostMove, { run }: StepContext): Promise<Map<string, PathState>> {
  const put = new Map(move.put);
  for (const { names, cert, key, group } of move.certificates) {
    const issued = await run.hub.certificate({ names, kind: 'good' });
    put.set(cert, { kind: 'file', content: Buffer.from(issued.cert), mode: '0644', owner: 'root:root' });
    put.set(key, { kind: 'file', content: Buffer.from(issued.key), mode: '0640', owner: `root:${group ?? 'root'}` });
  }
  return put;
}

interface Change {
  put: Map<string, PathState>;
  prepare: readonly string[];
  move: { services: HostMove['services']; how: 'reload' | 'restart' };
}

async function change(host: string, { put, prepare, move }: Change, context: StepContext): Promise<void> {
  if (put.size > 0) await sh(host, putScript(put), 'its files could not be written', undefined, context);
  for (const script of prepare) {
    const what = `\`${script.trim().split('\n', 1)[0] ?? ''}\` of its prepare failed`;
    await sh(host, script, what, 'scripts of prepare are run again when something of the host changes: write each so that it can be', context);
  }
  await context.run.hub.services({ host, services: move.services, then: move.how });
}

async function statesOf(host: string, paths: readonly string[], context: StepContext): Promise<Map<string, PathState>> {
  return readStates(paths, await sh(host, statesScript(paths), 'its files could not be read', undefined, context));
}

async function sh(host: string, script: string, what: string, hint: string | undefined, context: StepContext): Promise<string> {
  const { status, output } = await context.run.hub.exec({ host, script });
  if (status !== 0) context.fail([], `host ${host}: ${what}, with status ${status}: ${output.trim()}`, hint === undefined ? {} : { hint });
  return output;
}

function describe(put: ReadonlyMap<string, PathState>): string {
  const of = (absent: boolean): string[] => [...put].filter(([, state]) => (state.kind === 'absent') === absent).map(([at]) => at);
  const [wrote, removed] = [of(false), of(true)];
  return [...(wrote.length === 0 ? [] : [`wrote ${wrote.join(' ')}, `]), ...(removed.length === 0 ? [] : [`removed ${removed.join(' ')}, `])].join('');
}

function tell(context: StepContext, text: string): void {
  context.transcript([{ ms: 0, mark: '--', text }]);
}
