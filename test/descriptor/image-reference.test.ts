import { expect, test } from 'vitest';

import { imageReferenceOf } from '../../src/descriptor/index.ts';

test.each([
  ['', 'a/b:1', 'a/b:1'],
  ['quay.io/', 'a/b:1', 'quay.io/a/b:1'],
  ['docker://', 'a/b:1', 'docker://a/b:1'],
  ['docker://', 'docker-archive:app.tar', 'docker-archive:app.tar'],
  ['shub://', './app.sif', './app.sif'],
])('the index %j before the image %j is %j', (index, image, whole) => {
  expect(imageReferenceOf({ index, image })).toBe(whole);
});
