export { type AccountFile, accountFiles } from './accounts.ts';
export { hubServices, ownership, toHubWorld } from './hub-world.ts';
export { imagePaths } from './image-paths.ts';
export { worldJsonSchema } from './json-schema.ts';
export { type LaidAnew, layAnew, rememberLaid } from './lay-anew.ts';
export { joinedManifest, readManifest } from './manifest.ts';
export { findWorlds, type HostModel, loadWorld, ordinaryWorlds, readWorld, variantsOf, type WorldModel, withFiles, worldFile } from './model.ts';
export { type HostMove, hostMove, isOtherMachine, namesOf, obstacles } from './move.ts';
export { findNeeds, type Need } from './needs/index.ts';
export {
  type DnsChangeYaml,
  dnsChangeSchema,
  domainSchema,
  durationSchema,
  ipSchema,
  normalName,
  type OutsidePartyYaml,
  outsidePartySchema,
  parseSize,
  toDnsChange,
  toOutsideParty,
  toRecords,
} from './outside-schema.ts';
export { imageFiles, type OverlayFile, readOverlays } from './overlay.ts';
export { type PathState, putScript, readStates, statesScript } from './path-state.ts';
export { checkServers, type ServerCheck, type ServerCheckOptions } from './server-checks.ts';
export { attachWorld, type InstanceRef, imagesOf, reinstallHost, type StartedWorld, type StartOptions, startWorld, type World } from './start.ts';
export type { AccountsYaml, ClientYaml, Manifest, UserYaml, WorldYaml } from './world-schema.ts';
