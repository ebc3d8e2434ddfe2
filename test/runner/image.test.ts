import { expect, test } from 'vitest';

import { sameImage } from '../../src/runner/index.ts';

const ID = `sha256:${'1'.repeat(64)}`;
const DIGEST = `sha256:${'2'.repeat(64)}`;
const facts = { id: ID, digest: DIGEST, platform: 'linux/amd64', sizeBytes: 1, pulled: true };

test.each([
  ['app:1', `app@${DIGEST}`],
  ['localhost:5000/a/app:1', `localhost:5000/a/app@${DIGEST}`],
  [`a/app:1@${ID}`, `a/app@${DIGEST}`],
  ['docker://a/app.sif', `docker://a/app.sif@${DIGEST}`],
  ['docker-archive:app.tar', ID],
  ['oci:folder:app', ID],
  ['docker-daemon:app:1', ID],
  ['./app.sif', ID],
  [ID, ID],
])('the image of a record that was asked for as %s is asked for again as %s', (reference, same) => {
  expect(sameImage({ ...facts, reference })).toBe(same);
});

test('an image without a digest is asked for by its id', () => {
  const { digest: _none, ...local } = facts;
  expect(sameImage({ ...local, reference: 'app:1' })).toBe(ID);
});
