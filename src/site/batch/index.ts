/** Many runs of one app that are asked for together. */
export {
  ITEM_KEYS,
  PLAIN_NAME_KEYS,
  type GivenItem,
  type GivenItems,
  type ItemFault,
} from './item.ts';
export { batchFacts, createBatch } from './new-batch.ts';
export { oldBatchWork } from './old-batch.ts';
export { itemFolders, type NamedItem } from './item-names.ts';
export {
  checkEach,
  checkItems,
  type CheckedItem,
  type ItemsContext,
  type PreparedItem,
} from './prepare-items.ts';
