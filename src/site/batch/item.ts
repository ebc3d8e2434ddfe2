import type { RawValues } from '../../descriptor/index.ts';

/** One item as it was given, before the descriptor has been asked about it. */
export interface GivenItem {
  /** Where it stands, for people: `line 7`, `item 3`. */
  readonly place: string;
  /** As the user named it. */
  readonly name?: string;
  readonly values: RawValues;
  /** Folders of BIAFLOWS folder mode. */
  readonly in?: string;
  readonly gt?: string;
}

/** What is wrong with one item. */
export interface ItemFault {
  readonly place: string;
  readonly item?: string;
  readonly code: 'invocation-invalid' | 'input-missing' | 'output-folder-unusable' | 'usage';
  readonly messages: readonly string[];
}

export interface GivenItems {
  readonly items: readonly GivenItem[];
  readonly faults: readonly ItemFault[];
}

/** Keys of an item that are no input of the app: its name, and its folders. */
export const ITEM_KEYS = { name: '@item', in: '@in', gt: '@gt' } as const;
/** The same name for people, where the app has no input of that id. */
export const PLAIN_NAME_KEYS: readonly string[] = ['item', 'name'];
