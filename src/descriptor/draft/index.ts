/** Drafts of descriptors for apps that have none yet, from what else is known of them. Pure. */
export { readArgparseHelp, type ArgparseHelp } from './argparse-help.ts';
export { draftDescriptor } from './draft-descriptor.ts';
export { withPlaceholders } from './placeholders.ts';
export { Ids, nameOf, type Draft, type DraftGroup, type DraftParameter } from './parameter.ts';
