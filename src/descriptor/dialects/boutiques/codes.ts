import type { CodeTable } from '../../codes.ts';

/** What can be wrong with a Boutiques 0.5 descriptor, or with values for one. */
export const BOUTIQUES_CODES = {
  'boutiques.not-an-object': {
    strength: 'error',
    meaning: 'The descriptor is not a JSON object.',
  },
} as const satisfies CodeTable;
