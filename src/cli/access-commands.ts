import type { Options } from 'yargs';

import type { CommandDefinition } from './commands.ts';

const json: Options = { type: 'boolean', describe: 'one JSON document on stdout' };

/** Who may use the server of this data folder, and what it keeps secret for runs. */
export const ACCESS_COMMANDS: readonly CommandDefinition[] = [
  {
    usage: 'token [action] [name]',
    firstWords: ['create', 'list', 'revoke'],
    describe: 'create, list or revoke tokens for the server of this data folder',
    options: {
      json,
      scope: {
        choices: ['read', 'submit', 'admin'],
        default: 'submit',
        requiresArg: true,
        describe: 'what a new token allows; each includes those before it',
      },
      owner: {
        type: 'string',
        requiresArg: true,
        describe: 'whose runs it sees and submits (default its name)',
      },
      expires: {
        type: 'string',
        requiresArg: true,
        describe: 'when it ends, for example 90d (default never)',
      },
    },
    examples: [
      ['cyto-run token create ada --scope submit --expires 90d', 'shown this once'],
      ['cyto-run token revoke ada', 'good for nothing from now on'],
    ],
    load: async () => (await import('./commands/token.ts')).token,
  },
  {
    usage: 'secret [action] [name]',
    firstWords: ['set', 'list', 'rm'],
    describe: 'set, list or rm secrets that runs of the server refer to by name',
    options: {
      json,
      file: {
        type: 'string',
        requiresArg: true,
        describe: 'file that holds the value (default standard input)',
      },
      for: {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'who may refer to it, beside administrators; repeatable',
      },
      everyone: { type: 'boolean', describe: 'everybody may refer to it' },
    },
    examples: [
      ['cyto-run secret set omero.password --for ada < password.txt', 'for the runs of ada'],
      ['cyto-run secret list', 'names and users; values are never shown'],
    ],
    load: async () => (await import('./commands/secret.ts')).secret,
  },
];
