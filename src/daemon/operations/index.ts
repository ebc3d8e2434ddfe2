/** All that tells of a server or cares for it. */
export { Operations, type OperationPorts } from './operations.ts';
