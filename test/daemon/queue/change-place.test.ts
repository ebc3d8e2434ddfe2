import { expect, test } from 'vitest';

import { changedPlace, heldPlace, releasedPlace } from '../../../src/daemon/queue/change-place.ts';
import type { Principal } from '../../../src/daemon/http/principal.ts';

const NOW = new Date('2026-03-01T10:00:00Z');
const ADA: Principal = { name: 'ada', scopes: new Set(['read', 'submit']), via: 'oidc' };
const ROOT: Principal = { name: 'root', scopes: new Set(['admin']), via: 'oidc' };
const PLACE = { submitter: 'ada', priority: 0 };

test('a priority above 0 is an administrator’s to give; lower ones are everybody’s', () => {
  expect(changedPlace(PLACE, { priority: -5 }, ADA, NOW).priority).toBe(-5);
  expect(changedPlace({ ...PLACE, priority: 7 }, { priority: 3 }, ADA, NOW).priority).toBe(3);
  expect(changedPlace(PLACE, { priority: 1 }, ROOT, NOW).priority).toBe(1);
  expect(() => changedPlace(PLACE, { priority: 1 }, ADA, NOW)).toThrow(
    'ada may not set the priority 1',
  );
});

test('times are kept in UTC, are taken away with null, and must make sense', () => {
  const deadline = '2026-03-01T12:00:00+01:00';
  const place = changedPlace(PLACE, { deadline }, ADA, NOW);
  expect(place).toEqual({ ...PLACE, deadline: '2026-03-01T11:00:00.000Z' });
  expect(changedPlace(place, { priority: -1 }, ADA, NOW)).toEqual({ ...place, priority: -1 });
  expect(changedPlace(place, { deadline: null }, ADA, NOW)).toEqual(PLACE);
  expect(() => changedPlace(PLACE, { deadline: '2026-03-01T10:00:00Z' }, ADA, NOW)).toThrow(
    'the deadline 2026-03-01T10:00:00.000Z has passed',
  );
  expect(() => changedPlace(place, { notBefore: '2026-03-01T11:00:00Z' }, ADA, NOW)).toThrow(
    'is not after notBefore',
  );
});

test('a hold is ended or changed by who made it, or by an administrator; since when it is so is kept', () => {
  const since = NOW.toISOString();
  const held = heldPlace(PLACE, ADA, 'wrong slide', NOW);
  expect(held).toEqual({ ...PLACE, held: { by: 'ada', reason: 'wrong slide' }, since });
  expect(releasedPlace(held, ADA, NOW)).toEqual({ ...PLACE, since });
  expect(releasedPlace(PLACE, ADA, NOW)).toEqual(PLACE);
  expect(heldPlace(held, ADA, undefined, NOW).held).toEqual(held.held);
  expect(heldPlace(held, ADA, 'wrong stain', NOW).held).toMatchObject({ reason: 'wrong stain' });
  const byRoot = heldPlace(held, ROOT, undefined, NOW);
  expect(byRoot.held).toEqual({ by: 'root', reason: 'wrong slide' });
  expect(() => releasedPlace(byRoot, ADA, NOW)).toThrow('the run is held by root');
  expect(() => heldPlace(byRoot, ADA, 'mine now', NOW)).toThrow('the run is held by root');
  expect(releasedPlace(byRoot, ROOT, NOW)).toEqual({ ...PLACE, since });
});
