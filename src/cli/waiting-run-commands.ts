import type { CommandDefinition } from './commands.ts';
import { RUN_OPTIONS } from './run-options.ts';

const OPTIONS = {
  server: RUN_OPTIONS.server,
  json: { type: 'boolean', describe: 'one JSON document on stdout' },
} as const;
const EXIT_CODES = [
  [66, 'there is no such run or batch; nothing was changed'],
  [75, 'something that was named does not wait'],
  [77, 'it is not yours to change'],
] as const;

/** The commands about the runs that wait in a server's queue. */
export const WAITING_RUN_COMMANDS: readonly CommandDefinition[] = [
  {
    usage: 'hold [runs..]',
    describe: "let runs in a server's queue, or all of a batch, wait until they are released",
    options: {
      ...OPTIONS,
      reason: { type: 'string', requiresArg: true, describe: 'why, for whoever asks' },
    },
    examples: [
      ["cyto-run hold RUN --reason 'wrong slide?'", '`cyto-run why RUN` tells it'],
      ['cyto-run hold BATCH', 'what has not begun of a batch'],
    ],
    exitCodes: EXIT_CODES,
    load: async () => (await import('./commands/hold.ts')).hold,
  },
  {
    usage: 'release [runs..]',
    describe: 'let held runs, or those of a batch, begin',
    options: OPTIONS,
    examples: [['cyto-run release RUN BATCH', 'as many as there are']],
    exitCodes: EXIT_CODES,
    load: async () => (await import('./commands/release.ts')).release,
  },
  {
    usage: 'priority [runs..]',
    describe: "let runs in a server's queue, or all of a batch, begin earlier or later",
    options: {
      ...OPTIONS,
      to: {
        type: 'string',
        requiresArg: true,
        describe: "-100 to 100; 0 is usual, above it is an administrator's to give",
      },
    },
    examples: [['cyto-run priority BATCH --to -10', 'behind what others ask for']],
    exitCodes: EXIT_CODES,
    load: async () => (await import('./commands/priority.ts')).priority,
  },
];
