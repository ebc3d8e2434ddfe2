export { slurmEngine, type SlurmEngineParts } from './engine.ts';
export { schedulerOptions, type SlurmOptions } from './options.ts';
