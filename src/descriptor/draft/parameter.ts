/** One parameter of an app that is to get a descriptor, before any dialect. */
export interface DraftParameter {
  /** Letters, digits and underscores. */
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  /** `output`: a path that the app writes to. */
  readonly kind: 'text' | 'number' | 'file' | 'switch' | 'output';
  /** Of a number: no fraction. */
  readonly whole?: boolean;
  /** On the app's command line; absent where the value goes by its place. */
  readonly flag?: string;
  /** Of an output whose path is the descriptor's to say, not the user's. */
  readonly writtenTo?: string;
  readonly required: boolean;
  /** As on a command line; one text, or one for each item of a list. */
  readonly defaults?: readonly string[];
  readonly choices?: readonly string[];
  readonly list?: { readonly least?: number; readonly most?: number };
}

/** Parameters of which at most one may be given. */
export interface DraftGroup {
  /** Ids. */
  readonly members: readonly string[];
  readonly oneIsRequired: boolean;
}

/** An app that is to get a descriptor. */
export interface Draft {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly author?: string | undefined;
  readonly url?: string | undefined;
  readonly image?: string | undefined;
  /** How the app is started; parameters whose placeholder it does not hold come behind it. */
  readonly command: string;
  readonly parameters: readonly DraftParameter[];
  readonly groups: readonly DraftGroup[];
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

export const isNumber = (text: string): boolean => NUMBER.test(text);

/** A number as JSON writes it: `.5` and `1.` are none there. */
export function jsonNumber(text: string): string {
  const plain = text.replace(/^\+/, '').replace(/\.(?!\d)/, '');
  const led = plain.replace(/^(-?)\./, '$10.').replace(/^(-?)0+(?=\d)/, '$1');
  return /^-?\d/.test(led) ? led : String(Number(text));
}

/** `min_area` → `Min area` */
export function nameOf(id: string): string {
  const words = id.replaceAll(/_+/g, ' ').trim();
  return words === '' ? id : words.charAt(0).toUpperCase() + words.slice(1);
}

/** Ids made of what other programs call things: unique whatever the case, as value-keys are capitals. */
export class Ids {
  readonly #taken: Set<string>;

  constructor(taken: readonly string[] = []) {
    this.#taken = new Set(taken.map((id) => id.toUpperCase()));
  }

  /** `--min-area` → `min_area`, and `min_area_2` where that is taken. */
  make(text: string): string {
    const plain = text.replaceAll(/[^A-Za-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '') || 'value';
    const base = plain === plain.toUpperCase() ? plain.toLowerCase() : plain;
    let id = base;
    for (let count = 2; this.#taken.has(id.toUpperCase()); count += 1) id = `${base}_${count}`;
    this.#taken.add(id.toUpperCase());
    return id;
  }
}
