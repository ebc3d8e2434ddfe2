export { slurmEngine, type SlurmEngineParts } from './engine.ts';
export type { SlurmOptions } from './options.ts';
