import { expect, test } from 'vitest';

import { parseReference } from '../../../src/container/images/reference.ts';
import { similarImages } from '../../../src/container/images/similar.ts';

const DIGEST = `sha256:${'a1'.repeat(32)}`;

test.each([
  ['debian', 'debian:latest', 'docker.io', 'library/debian'],
  ['debian:bookworm-slim', 'debian:bookworm-slim', 'docker.io', 'library/debian'],
  ['docker.io/library/debian', 'debian:latest', 'docker.io', 'library/debian'],
  ['docker://a/b:1', 'a/b:1', 'docker.io', 'a/b'],
  ['index.docker.io/a/b:1', 'a/b:1', 'docker.io', 'a/b'],
  ['docker://index.docker.io/a/b', 'a/b:latest', 'docker.io', 'a/b'],
  ['https://index.docker.io/v1/a/b:2', 'a/b:2', 'docker.io', 'a/b'],
  ['quay.io/a/b/c:v1.2', 'quay.io/a/b/c:v1.2', 'quay.io', 'a/b/c'],
  ['localhost:5000/a', 'localhost:5000/a:latest', 'localhost:5000', 'a'],
  ['localhost/a:1', 'localhost/a:1', 'localhost', 'a'],
  [`a/b@${DIGEST}`, `a/b@${DIGEST}`, 'docker.io', 'a/b'],
  [`a/b:1@${DIGEST}`, `a/b:1@${DIGEST}`, 'docker.io', 'a/b'],
  ['  a/b:1 ', 'a/b:1', 'docker.io', 'a/b'],
])('%s is the image %s', (text, familiar, registry, path) => {
  expect(parseReference(text)).toMatchObject({ familiar, registry, path });
});

test.each(['', 'a b', 'a:b:c', 'a@sha256:12', 'a/', '/', 'a//b', '$(id)', 'a:-x', `a@${DIGEST}@b`])(
  '"%s" is told to be no image reference',
  (text) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ code: 'image-not-found' }),
    );
  },
);

test('a name in upper case, which no registry has, is answered with the name that can exist', () => {
  expect(() => parseReference('Cytomine/S_Detect:v1')).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('"cytomine/s_detect:v1"') as string }),
  );
});

test('the local image that was probably meant is named first, and nothing unlike it', () => {
  const local = [
    'debian:bookworm-slim',
    'cyto-run/probe:1',
    'cyto-run/nuclei-segment:1',
    'other/probe:3',
    '<none>:<none>',
  ];
  expect(similarImages('cyto-run/probe:2', local)).toEqual(['cyto-run/probe:1', 'other/probe:3']);
  expect(similarImages('quay.io/x/nuclei-segmnt', local)).toEqual(['cyto-run/nuclei-segment:1']);
  expect(similarImages('ubuntu', local)).toEqual([]);
});
