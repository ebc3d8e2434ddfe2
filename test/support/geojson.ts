import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

import { areasOf, type Labels } from './picture-files.ts';

export type Ring = readonly (readonly [number, number])[];

export interface Feature {
  readonly type: 'Feature';
  readonly id: string;
  readonly geometry: { readonly type: 'Polygon'; readonly coordinates: readonly Ring[] };
  readonly properties: {
    readonly objectType: string;
    readonly name: string;
    readonly classification: { readonly name: string; readonly color: readonly number[] };
    readonly measurements: readonly { readonly name: string; readonly value: number }[];
  };
}

export interface Collection {
  readonly type: 'FeatureCollection';
  readonly picture: { readonly name: string; readonly width: number; readonly height: number };
  readonly features: readonly Feature[];
}

export const readCollection = (path: string): Collection =>
  JSON.parse(readFileSync(path, 'utf8')) as Collection;

/** Positive when counter-clockwise as RFC 7946 draws it (first axis right, second up). */
export const signedArea = (ring: Ring): number =>
  ring.slice(1).reduce((sum, [x, y], index) => sum + ring[index]![0] * y - x * ring[index]![1], 0) /
  2;

export const areaOf = ({ geometry }: Feature): number =>
  geometry.coordinates.reduce((sum, ring) => sum + signedArea(ring), 0);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * That this is what QuPath opens and what the label image says: closed rings inside the picture,
 * exteriors counter-clockwise and holes clockwise, unique UUIDs, and each polygon's area exactly its
 * object's pixel count.
 */
export function expectOutlinesOf(collection: Collection, labels: Labels): void {
  const { type, picture, features } = collection;
  expect(type).toBe('FeatureCollection');
  expect(picture).toMatchObject({ width: labels.width, height: labels.height });
  expect(new Set(features.map(({ id }) => id)).size).toBe(features.length);
  for (const { id, geometry, properties } of features) {
    expect(id).toMatch(UUID);
    expect(geometry.type).toBe('Polygon');
    expect(properties.classification.color).toHaveLength(3);
    for (const [index, ring] of geometry.coordinates.entries()) {
      expect(ring.length).toBeGreaterThanOrEqual(5);
      expect(ring.at(-1)).toEqual(ring[0]);
      expect(Math.sign(signedArea(ring))).toBe(index === 0 ? 1 : -1);
      const inside = ring.every(
        ([x, y]) => isWithin(x, labels.width) && isWithin(y, labels.height),
      );
      expect(inside).toBe(true);
    }
  }
  const areas = areasOf(labels);
  const byNumber = [...areas.keys()].sort((a, b) => a - b);
  expect(byNumber).toEqual(features.map((_, index) => index + 1));
  expect(features.map(areaOf)).toEqual(byNumber.map((number) => areas.get(number)));
}

const isWithin = (value: number, max: number): boolean => value >= 0 && value <= max;
