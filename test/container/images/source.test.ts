import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  isFileSource,
  parseImageSource,
  splitLocation,
} from '../../../src/container/images/source.ts';

const HERE = '/some/where';
const ID = `sha256:${'0f'.repeat(32)}`;

test.each([
  ['debian:bookworm', { kind: 'registry', reference: { familiar: 'debian:bookworm' } }],
  ['docker://a/b.sif', { kind: 'registry', reference: { familiar: 'a/b.sif:latest' } }],
  ['oci://quay.io/a/b:1', { kind: 'registry', reference: { familiar: 'quay.io/a/b:1' } }],
  [ID, { kind: 'image-id', id: ID }],
  ['docker-daemon:app:1', { kind: 'docker-daemon', name: 'app:1' }],
  ['docker-daemon:app', { kind: 'docker-daemon', name: 'app:latest' }],
  ['docker-daemon://a/b:1', { kind: 'docker-daemon', name: 'a/b:1' }],
  [`docker-daemon:${ID}`, { kind: 'docker-daemon', name: ID }],
  ['docker-archive:a b.tar', { kind: 'docker-archive', location: '/some/where/a b.tar' }],
  ['docker-archive:/x/a.tar:app:1', { kind: 'docker-archive', location: '/x/a.tar:app:1' }],
  ['docker-archive:///x/a.tar', { kind: 'docker-archive', location: '/x/a.tar' }],
  ['oci-archive:../a.tar', { kind: 'oci-archive', location: '/some/a.tar' }],
  ['oci:layout:tag', { kind: 'oci', location: '/some/where/layout:tag' }],
  ['x.sif', { kind: 'sif', path: '/some/where/x.sif' }],
  ['./sub/X.SIF', { kind: 'sif', path: '/some/where/sub/X.SIF' }],
  ['/a:b/c d.sif', { kind: 'sif', path: '/a:b/c d.sif' }],
  ['file:///x/a%20b.sif', { kind: 'sif', path: '/x/a b.sif' }],
  ['file://x/100%.sif', { kind: 'sif', path: '/some/where/x/100%.sif' }],
])('%s is read for what it is', (text, source) => {
  expect(parseImageSource(text, HERE)).toMatchObject(source);
});

test.each([
  ['docker-archve:x.tar', 'docker-archive:x.tar'],
  ['oci-archiv:/x/y', 'oci-archive:/x/y'],
  ['docker-deamon:a:1', 'docker-daemon:a:1'],
  ['./saved.tar', 'docker-archive:./saved.tar'],
  ['/data/saved.tar.gz', 'docker-archive:/data/saved.tar.gz'],
  ['library://a/b:1', 'apptainer pull'],
  ['oras://ghcr.io/a/b', 'apptainer pull'],
  ['docker-archive:', 'path of the archive'],
  ['docker-daemon:No Such', 'name or id'],
])('%s is answered with what was probably meant', (text, hint) => {
  expect(() => parseImageSource(text, HERE)).toThrow(
    expect.objectContaining({
      code: 'image-not-found',
      hint: expect.stringContaining(hint) as string,
    }),
  );
});

test('any text is a source or one clear refusal, and a file lies where it was named from', () => {
  const word = fc.constantFrom('docker-archive:', 'oci-archive:', 'oci:', 'file://', '');
  const end = fc.constantFrom('', '.sif', '.tar', ':1', '@');
  fc.assert(
    fc.property(word, fc.string(), end, (transport, middle, ending) => {
      try {
        const source = parseImageSource(transport + middle + ending, HERE);
        if (!isFileSource(source)) return;
        const place = 'location' in source ? source.location : 'path' in source ? source.path : '';
        expect(place.startsWith('/')).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ code: 'image-not-found' });
      }
    }),
  );
});

describe('where a path ends and a name begins', () => {
  const among =
    (...paths: string[]) =>
    (path: string): Promise<boolean> =>
      Promise.resolve(paths.includes(path));

  test('is told by what exists, the longest path first', async () => {
    expect(await splitLocation('/a.tar:app:1', among('/a.tar'))).toEqual({
      path: '/a.tar',
      name: 'app:1',
    });
    expect(await splitLocation('/a:b.tar', among('/a:b.tar', '/a'))).toEqual({ path: '/a:b.tar' });
    expect(await splitLocation('/a.tar', among())).toBeUndefined();
  });

  test('for every path and name, with colons or without', async () => {
    const text = fc.string({ minLength: 1 }).map((part) => part.replaceAll('\0', ''));
    await fc.assert(
      fc.asyncProperty(text, text, async (path, name) => {
        fc.pre(path !== '');
        const split = await splitLocation(`/${path}:${name}`, among(`/${path}`));
        expect(split).toEqual({ path: `/${path}`, name });
      }),
    );
  });
});
