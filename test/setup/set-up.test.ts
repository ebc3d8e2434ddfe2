import { expect, test } from 'vitest';

import { setUp, type Look, type Part } from '../../scripts/setup/set-up.js';

/** A part whose `get` makes it present, and a diary of what was done to it. */
function part(name: string, look: Look, changes: Partial<Part> = {}): Part & { diary: string[] } {
  const diary: string[] = [];
  let here = look;
  return {
    name,
    needs: [],
    diary,
    look: async () => here,
    get: async () => {
      diary.push('got');
      here = { state: 'present', detail: 'new' };
    },
    ...changes,
  };
}

const present: Look = { state: 'present', detail: 'version 1' };
const missing: Look = { state: 'missing', detail: 'install it' };
const unobtainable: Look = { state: 'unobtainable', detail: 'only root can' };

/** Ports that keep what was said and count the locks taken. */
function ports() {
  const said: string[] = [];
  const locks = { taken: 0, released: 0 };
  const lock = async () => {
    locks.taken += 1;
    return async () => {
      locks.released += 1;
    };
  };
  return { said, locks, say: (line: string) => said.push(line), lock };
}

test('where everything is there, nothing is installed, locked or said', async () => {
  const engine = part('engine', present);
  const { said, locks, ...io } = ports();
  const settled = await setUp([engine, part('image', present, { needs: ['engine'] })], io);
  expect(settled.map(({ here }) => here)).toEqual([true, true]);
  expect(engine.diary).toEqual([]);
  expect(locks.taken).toBe(0);
  expect(said).toEqual([]);
});

test('a missing part is got after the parts it needs, under the lock, and told', async () => {
  const engine = part('engine', missing);
  const image = part('image', missing, { needs: ['engine'] });
  const { said, locks, ...io } = ports();
  const settled = await setUp([image, engine], io);
  expect(settled.map(({ name, here, got }) => ({ name, here, got }))).toEqual([
    { name: 'image', here: true, got: true },
    { name: 'engine', here: true, got: true },
  ]);
  expect(locks).toEqual({ taken: 1, released: 1 });
  expect(said).toEqual([
    'engine: install it',
    'engine: ready, new',
    'image: install it',
    'image: ready, new',
  ]);
});

test('what cannot be had says why, and so does everything that needs it', async () => {
  const image = part('image', missing, { needs: ['engine'] });
  const { locks, ...io } = ports();
  const settled = await setUp([part('engine', unobtainable), image], io);
  expect(settled.map(({ here, why }) => ({ here, why }))).toEqual([
    { here: false, why: 'only root can' },
    { here: false, why: 'it needs: engine' },
  ]);
  expect(image.diary).toEqual([]);
  expect(locks.taken).toBe(0);
});

test('a part that fails to install is a missing part with its reason, and the lock is given back', async () => {
  const engine = part('engine', missing, {
    get: async () => {
      throw new Error('apt-get install failed: no space');
    },
  });
  const { locks, ...io } = ports();
  const [settled] = await setUp([engine], io);
  expect(settled).toMatchObject({ here: false, why: 'apt-get install failed: no space' });
  expect(locks.released).toBe(1);
});

test('a part that is still missing after it was got is not called ready', async () => {
  const [settled] = await setUp([part('engine', missing, { get: async () => {} })], ports());
  expect(settled).toMatchObject({ here: false, why: 'still not there: install it' });
});

test('a part whose turn comes later is got also when the one before it failed', async () => {
  const first = part('first', missing, {
    get: async () => {
      throw new Error('no');
    },
  });
  const settled = await setUp([first, part('second', missing, { after: ['first'] })], ports());
  expect(settled.map(({ here }) => here)).toEqual([false, true]);
});

test('parts that do not need one another are got at the same time', async () => {
  const both = Promise.withResolvers<undefined>();
  let under = 0;
  const meeting = (name: string): Part =>
    part(name, missing, {
      get: async () => {
        under += 1;
        if (under === 2) both.resolve(undefined);
        await both.promise;
      },
    });
  // Were they taken in turn, the first would wait for ever for the second.
  const settled = await setUp([meeting('packages'), meeting('engine')], ports());
  expect(settled).toHaveLength(2);
});
