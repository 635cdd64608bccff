/**
 * `mailproof/world`: worlds from a program. Whoever starts one takes it away.
 * @example
 * import { loadWorld, openEngine, startWorld } from 'mailproof/world';
 * await using world = await startWorld(loadWorld('mine'), { engine: await openEngine(console.error), report: console.error });
 * console.log(await world.hub.exec({ host: 'mx', script: 'exim4 -bt postmaster@example.test' }));
 */
export { EXIT, InputError, MailproofError } from '../base/index.ts';
export { type Engine, openEngine } from '../engine/index.ts';
export type { HubClient } from '../internet/index.ts';
export { type Ledger, ledgerOf, renderTrace, settle } from '../ledger/index.ts';
export {
  attachWorld,
  findWorlds,
  type HostModel,
  type InstanceRef,
  loadWorld,
  type StartedWorld,
  type StartOptions,
  startWorld,
  type World,
  type WorldModel,
} from '../world/index.ts';
