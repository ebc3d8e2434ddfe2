import { existsSync } from 'node:fs';
import { posix } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import { nearestName, printInvocationSchema } from '../../descriptor/index.ts';
import { optionalText } from '../arguments.ts';
import type { CommandRun } from '../commands.ts';
import { descriptorArgument } from '../descriptor-flags.ts';
import { publishedSchema, publishedSchemaNames } from '../published-schemas.ts';
import type { Terminal } from '../terminal.ts';

/**
 * `cyto-run schema FILE`: the JSON Schema (2020-12) of one descriptor's invocations;
 * `cyto-run schema NAME`: one of our own formats; `--list`: which those are.
 */
export const schema: CommandRun = async (args, { terminal }) => {
  const names = publishedSchemaNames();
  const given = optionalText(args['schema']);
  if (args['list'] === true) return list(names, args['json'] === true, terminal);
  if (given === undefined)
    throw new RunnerError('usage', 'the schema of what?', {
      hint: `Give a descriptor, or one of ${names.join(', ')}.`,
    });
  if (names.includes(given)) {
    terminal.out((await publishedSchema(given)).text);
    return 0;
  }
  const nearest = names.find((name) => name.startsWith(given)) ?? nearestName(given, names);
  if (nearest !== undefined && !existsSync(posix.resolve(terminal.cwd, given)))
    throw new RunnerError('usage', `there is no schema ${given}`, {
      hint: `Did you mean ${nearest}? \`cyto-run schema --list\` shows all; a file is given by its path.`,
    });
  const { descriptor } = await descriptorArgument({ ...args, descriptor: given }, terminal, {
    example: 'cyto-run schema descriptor.json',
  });
  terminal.out(printInvocationSchema(descriptor));
  return 0;
};

async function list(names: readonly string[], json: boolean, terminal: Terminal): Promise<number> {
  const schemas = await Promise.all(names.map(publishedSchema));
  const width = Math.max(...names.map((name) => name.length));
  terminal.out(
    json
      ? `${JSON.stringify(
          schemas.map(({ name, title }) => ({ name, title })),
          null,
          2,
        )}\n`
      : schemas.map(({ name, title }) => `${name.padEnd(width)}  ${title}\n`).join(''),
  );
  return 0;
}
