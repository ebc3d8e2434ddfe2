import { fileSize } from '../../base/file-size.ts';
import { ago } from './amounts.ts';
import { lookOf, section, table, type TextOptions } from './layout.ts';

/** What a list needs of the images of a data folder. */
export interface ListedImages {
  /** Where the kept ones lie. */
  readonly folder: string;
  readonly kept: readonly {
    readonly key: string;
    readonly references: readonly string[];
    readonly digests: readonly string[];
    readonly form: 'sif' | 'sandbox';
    readonly sizeBytes: number;
    readonly usedAt: string;
    readonly inUseBy: readonly string[];
  }[];
  readonly docker: readonly {
    readonly id: string;
    readonly reference: string;
    readonly sizeBytes: number;
    readonly runs: number;
    readonly usedAt: string;
    readonly present: boolean | 'unknown';
  }[];
}

/** As much of a digest as Docker shows of an id. */
const SHORT = 12;
const short = (digest: string): string => digest.replace(/^.*?[:-]/, '').slice(0, SHORT);

/** `images`: those kept as files, then Docker's that runs used. */
export function renderImages(
  { folder, kept, docker }: ListedImages,
  options: TextOptions & { readonly now: Date },
): string {
  const look = lookOf(options);
  const { now } = options;
  const room = look.room - 2;
  const keptRows = kept.map((image) => [
    image.references[0] ?? `(${short(image.key)})`,
    short(image.digests[0] ?? image.key),
    fileSize(image.sizeBytes) + (image.form === 'sandbox' ? ' (folder)' : ''),
    ago(image.usedAt, now),
    image.inUseBy.length === 0 ? '' : `in use by ${String(image.inUseBy.length)}`,
  ]);
  const dockerRows = docker.map((image) => [
    image.reference,
    short(image.id),
    fileSize(image.sizeBytes),
    ago(image.usedAt, now),
    `${String(image.runs)} run${image.runs === 1 ? '' : 's'}${PRESENCE[String(image.present)] ?? ''}`,
  ]);
  const head = ['IMAGE', 'DIGEST', 'SIZE', 'USED', ''];
  const columns = [{ shrink: 'front' }, {}, { align: 'right' }, {}, {}] as const;
  const lines = [
    ...(kept.length === 0
      ? ['No .sif files are kept here.']
      : section(`Kept in ${folder}`, table([head, ...keptRows], columns, room), look).slice(1)),
    ...(docker.length === 0
      ? []
      : section("Docker's, used by runs", table([head, ...dockerRows], columns, room), look)),
  ];
  return `${lines.join('\n')}\n`;
}

const PRESENCE: Readonly<Record<string, string>> = {
  false: ', gone',
  unknown: ', Docker does not answer',
};
