/** All that tells of a server or cares for it. */
export { IdleMemory } from './idle-memory.ts';
export { Operations, type OperationPorts } from './operations.ts';
