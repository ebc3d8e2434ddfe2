import { ENGINE_NAMES } from '../container/index.ts';
import type { CommandDefinition } from './commands.ts';

/** The command about images; the actions are in its own file. */
export const IMAGES_COMMAND: CommandDefinition = {
  usage: 'images [action] [reference]',
  firstWords: ['list', 'prune', 'verify', 'pull'],
  describe:
    'list, prune, verify or pull images: the .sif files kept here, and what runs used of Docker',
  options: {
    json: { type: 'boolean', describe: 'one JSON document on stdout' },
    engine: {
      choices: ENGINE_NAMES,
      requiresArg: true,
      describe: 'pull: for this engine (default: by what is here)',
    },
    'older-than': {
      type: 'string',
      requiresArg: true,
      describe: 'prune: only those not used since, for example 30d',
    },
    'dry-run': { type: 'boolean', describe: 'prune: say which, remove none' },
    remove: { type: 'boolean', describe: 'verify: remove those that have changed' },
  },
  examples: [
    ['cyto-run images', 'what is kept, how large, last used when, in use by which runs'],
    ['cyto-run images prune --older-than 30d --dry-run', 'what would be removed'],
    ['cyto-run images verify', 'read every .sif again and compare its checksum'],
    ['cyto-run images pull ghcr.io/org/app:1 --engine apptainer', 'before the first run'],
  ],
  exitCodes: [
    [0, 'done'],
    [1, 'verify: an image is no more what it was'],
  ],
  load: async () => (await import('./commands/images.ts')).images,
};
