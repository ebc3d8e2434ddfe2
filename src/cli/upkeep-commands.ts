import type { CommandDefinition } from './commands.ts';

const json = { json: { type: 'boolean', describe: 'one JSON document on stdout' } } as const;

/** Commands that care for a data folder; each is its own file. */
export const UPKEEP_COMMANDS: readonly CommandDefinition[] = [
  {
    usage: 'backup [path]',
    describe: 'copy the data folder as it is at one moment, also while a server uses it',
    options: json,
    examples: [
      ['cyto-run backup /backup/cyto-run-2026-11-01', 'a data folder like this one'],
      ['cyto-run backup /backup/cyto-run.db', 'the database alone: records, not files'],
    ],
    load: async () => (await import('./commands/backup.ts')).backup,
  },
  {
    usage: 'fsck',
    describe: 'look whether the data folder is sound: database, records, files, webhooks',
    options: { ...json, repair: { type: 'boolean', describe: 'mend what can be mended' } },
    examples: [
      ['cyto-run fsck', 'what is wrong; changes nothing'],
      [
        'cyto-run fsck --repair',
        'and mends it: records from their events, stray folders set aside',
      ],
    ],
    exitCodes: [
      [0, 'nothing is wrong, or all of it was mended'],
      [1, 'something is wrong'],
    ],
    load: async () => (await import('./commands/fsck.ts')).fsck,
  },
  {
    usage: 'sweep',
    describe: 'remove the runs that the retention rules of the configuration do not keep',
    options: {
      ...json,
      'dry-run': { type: 'boolean', describe: 'say which and why, remove none' },
    },
    examples: [['cyto-run sweep --dry-run', 'what `serve.retention` would remove now, and why']],
    load: async () => (await import('./commands/sweep.ts')).sweep,
  },
];
