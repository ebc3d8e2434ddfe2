export { apptainerEngine, type ApptainerEngineOptions } from './engine.ts';
export { resolveSif } from './image.ts';
export type { SifPorts } from './keep-image.ts';
