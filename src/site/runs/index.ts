/** The runs of a data folder, with the engines that run them, and what becomes of the runs of the dead. */
export { openRuns, type OpenedRuns } from './opened-runs.ts';
export { reapContainers } from './reap.ts';
export { adoptRun, orphanOf, reconcileAll } from './reconcile-all.ts';
