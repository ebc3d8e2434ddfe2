import type { CodeTable } from '../../codes.ts';

export const CYTOMINE_CODES = {
  'cytomine.wrong-kind': {
    strength: 'error',
    meaning: 'A key has a value of another kind than it should.',
  },
  'cytomine.input-id-missing': { strength: 'error', meaning: 'An input has no `id`.' },
  'cytomine.input-id-duplicate': { strength: 'error', meaning: 'Two inputs have the same `id`.' },
} as const satisfies CodeTable;
