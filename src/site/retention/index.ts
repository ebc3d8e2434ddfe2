/** Which runs are kept, and the removal of the others. */
export { FolderSizes } from './folder-sizes.ts';
export { policyOf, type RetentionPolicy } from './policy.ts';
export { sweep, type SweepReport } from './sweep.ts';
