export { doctor, type Finding } from './doctor.ts';
export { openEngine } from './engine.ts';
export { bundleHub, HUB_PROGRAM, hubSourcesHash } from './images/bundle.ts';
export { folderOf, imageFolders, RESERVED_IMAGES } from './images/recipes.ts';
export { KEPT } from './owner.ts';
export { aptInstall, distribution, findProgram, lastLines } from './system.ts';
export { type TarMember, tar } from './tar.ts';
export type {
  BuiltImage,
  ContainerFile,
  ContainerMemory,
  ContainerSpec,
  Engine,
  EngineObject,
  Labels,
  ListedContainer,
  ListedInstance,
  OnceResult,
  OnceSpec,
  Replacement,
  Report,
  RunningContainer,
  WantedImage,
} from './types.ts';
