import type { CommandDefinition } from './commands.ts';

/** The command about webhooks; the actions are in its own file. */
export const WEBHOOKS_COMMAND: CommandDefinition = {
  usage: 'webhooks [action] [id]',
  firstWords: ['list', 'add', 'rotate', 'remove', 'dead', 'replay', 'test'],
  describe: 'who is told of runs by HTTP, what could not be delivered, and sending it again',
  options: {
    json: { type: 'boolean', describe: 'one JSON document on stdout' },
    url: { type: 'string', requiresArg: true, describe: 'add: where requests are sent' },
    states: {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'add: states it is told of, or terminal (default), or all; repeatable',
    },
    app: {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'add: only runs of this app; repeatable',
    },
    user: {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'add: only runs of this user; repeatable',
    },
  },
  examples: [
    ['cyto-run webhooks add --url https://lab.example/hook', 'prints its secret, once'],
    [
      'cyto-run webhooks test lab',
      'a message of no meaning: to one of the configuration, an id or a URL',
    ],
    ['cyto-run webhooks dead', 'what was given up, and why'],
    ['cyto-run webhooks replay 42', 'one message again; a webhook’s id: all that it missed'],
    ['cyto-run webhooks rotate wh_1', 'a new secret; the old one signs beside it for a day'],
  ],
  exitCodes: [
    [0, 'done'],
    [66, 'there is no such webhook or message'],
    [69, 'of test: the receiver did not take it'],
  ],
  load: async () => (await import('./commands/webhooks.ts')).webhooks,
};
