/** Whether the server lives, and whether it can do its work. */
export { Health, type Need, type Readiness } from './health.ts';
export { freeBytes, needsOf } from './needs.ts';
