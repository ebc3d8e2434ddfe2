import { expect, test } from 'vitest';

import { describeDescriptor } from '../../src/descriptor/index.ts';
import { descriptorOf, input, type Keys } from './boutiques/model.ts';

const described = (keys: Keys) =>
  describeDescriptor(descriptorOf({ 'command-line': 'c [A]', inputs: [input('a')], ...keys }));

test.each([
  ['index.docker.io', 'a/b:1', 'index.docker.io/a/b:1'],
  ['docker://', 'a/b:1', 'docker://a/b:1'],
  ['ghcr.io/lab/', 'b:1', 'ghcr.io/lab/b:1'],
  ['', 'a/b', 'a/b'],
])('the index %j and the image %j are read as %s', (index, image, whole) => {
  const containerImage = { type: 'docker', image, ...(index === '' ? {} : { index }) };
  expect(described({ 'container-image': containerImage }).image).toBe(whole);
});

test.each([
  [45, 'about 45 s'],
  [600, 'about 10 min'],
  [3600, 'about 60 min'],
  [9000, 'about 2 h 30 min'],
  [86_400, 'about 24 h'],
])('a run of %d seconds is said to take %s', (seconds, said) => {
  expect(described({ 'suggested-resources': { 'walltime-estimate': seconds } }).resources).toEqual([
    said,
  ]);
});
