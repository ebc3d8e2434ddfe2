/** What the server tells of itself, for machines and for people. */
export { openLog, type LogOptions, type ServerLog } from './log.ts';
