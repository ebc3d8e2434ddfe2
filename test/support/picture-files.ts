import { readFileSync, writeFileSync } from 'node:fs';
import { decode as decodePng, encode as encodePng } from 'fast-png';
import { decode as decodeTiff } from 'tiff';

/** Pixels row by row, `channels` values each. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly depth: 8 | 16;
  readonly data: Uint8Array | Uint16Array;
}

/** The value of every channel at a pixel. */
export type Paint = (x: number, y: number) => readonly number[];

/** A picture of this size, painted pixel by pixel. */
export function painted(width: number, height: number, paint: Paint, depth: 8 | 16 = 8): Picture {
  const channels = paint(0, 0).length;
  const size = width * height * channels;
  const data = depth === 8 ? new Uint8Array(size) : new Uint16Array(size);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) data.set(paint(x, y), (y * width + x) * channels);
  return { width, height, channels, depth, data };
}

export const writePng = (path: string, picture: Picture): void => {
  writeFileSync(path, encodePng(picture));
};

export function readPng(path: string): Picture {
  const { width, height, channels, data } = decodePng(readFileSync(path));
  if (!(data instanceof Uint8Array)) throw new TypeError(`${path} has no 8 bits a channel`);
  return { width, height, channels, depth: 8, data };
}

/** Object numbers, row by row. */
export interface Labels {
  readonly width: number;
  readonly height: number;
  readonly numbers: Uint16Array;
}

/** Reads a label image: one grey channel of 16 bits. */
export function readLabels(path: string): Labels {
  const [image] = decodeTiff(readFileSync(path));
  if (image === undefined || !(image.data instanceof Uint16Array))
    throw new TypeError(`${path} is not a grey TIFF of 16 bits`);
  return { width: image.width, height: image.height, numbers: image.data };
}

/** Pixels of each object, by number. */
export function areasOf({ numbers }: Labels): Map<number, number> {
  const areas = new Map<number, number>();
  for (const number of numbers) if (number > 0) areas.set(number, (areas.get(number) ?? 0) + 1);
  return areas;
}

/** The object at a pixel, 0 for none. */
export const labelAt = (labels: Labels, x: number, y: number): number =>
  labels.numbers[y * labels.width + x]!;

/** Intersection over union of all objects with a known truth. */
export function overlap(labels: Labels, truth: (x: number, y: number) => boolean): number {
  let both = 0;
  let either = 0;
  for (let y = 0; y < labels.height; y += 1)
    for (let x = 0; x < labels.width; x += 1) {
      const found = labelAt(labels, x, y) > 0;
      if (found && truth(x, y)) both += 1;
      if (found || truth(x, y)) either += 1;
    }
  return both / either;
}

/** Noise of a camera, the same at every run: -3 to 3. */
export const grain = (x: number, y: number): number =>
  Math.floor(fraction(Math.sin(x * 12.9898 + y * 78.233) * 43_758.5453) * 7) - 3;

const fraction = (value: number): number => value - Math.floor(value);
