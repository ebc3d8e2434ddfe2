export { NOTHING_ENFORCED } from './cgroup.ts';
export { type ProgramHabits } from './container.ts';
export { gpuMaker, machineGpus } from './gpus.ts';
export { Jobs, type Launch } from './jobs.ts';
export { limitLimitations, tryCgroups } from './limitations.ts';
export { DEFAULT_PATH, findProgram, inheritedVariables } from './programs.ts';
