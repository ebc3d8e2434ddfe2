import { distance as editDistance } from 'fastest-levenshtein';

import { LIMITS } from '../../base/limits.ts';

/**
 * The local images that someone who wrote `reference` may have meant, best first: the same
 * repository with another tag, then the same last name elsewhere, then a name one slip away.
 */
export function similarImages(reference: string, local: readonly string[]): readonly string[] {
  const wanted = namesOf(reference);
  return local
    .filter((name) => name !== '<none>:<none>')
    .map((name) => ({ name, distance: distanceOf(wanted, namesOf(name)) }))
    .filter(({ distance }) => distance < FAR)
    .sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, LIMITS.similarImagesMax)
    .map(({ name }) => name);
}

const FAR = 10;

interface Names {
  readonly repository: string;
  /** The last part of it. */
  readonly name: string;
}

function namesOf(reference: string): Names {
  const repository = reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return { repository, name: repository.slice(repository.lastIndexOf('/') + 1) };
}

function distanceOf(wanted: Names, local: Names): number {
  if (wanted.repository === local.repository) return 0;
  if (wanted.name === local.name) return 1;
  const [short = '', long = ''] = [wanted.name, local.name].sort((a, b) => a.length - b.length);
  if (short.length >= 4 && long.includes(short)) return 2;
  const slips = editDistance(wanted.name, local.name);
  return slips <= Math.max(1, Math.floor(short.length / 4)) ? 2 + slips : FAR;
}
