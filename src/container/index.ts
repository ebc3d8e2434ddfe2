export type {
  AskedImageFile,
  ContainerEngine,
  ContainerLimits,
  ContainerListing,
  ContainerSpec,
  EngineEnding,
  EngineWarning,
  EngineInfo,
  EngineVersion,
  EngineName,
  ExitStatus,
  ImageBuild,
  ImageFile,
  ImageRequest,
  LogOffsets,
  Mount,
  NetworkMode,
  OutputChunk,
  OutputStream,
  PullPolicy,
  PullProgress,
  ResolvedImage,
  Scheduling,
  StartedContainer,
  WaitReason,
} from './engine.ts';
export { ENGINE_NAMES } from './engine.ts';
export { LOOKS, missingEngine, type EngineLook, type Environment } from './looks.ts';
export { ENGINE_PROMISES, type EnginePromise, type Limitation } from './promises.ts';
export { fileOfImage } from './images/file-of-image.ts';
