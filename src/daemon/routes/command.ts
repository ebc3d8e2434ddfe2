import type { RunRecord } from '../../runner/index.ts';
import { plannedRun } from '../../site/index.ts';
import { flag, list, object, ref, text, type Schema } from '../http/schemas.ts';
import type { Routes } from './route.ts';
import { ofOneRun } from './run-schemas.ts';
import type { ById } from './runs.ts';
import { visibleRun } from './visible.ts';

export const COMMAND_SCHEMA: Schema = {
  $id: 'RunCommand',
  description: 'What a run executes, or is going to. Secrets are asterisks.',
  ...object(
    {
      planned: flag('It has not been started yet: so it would be, as things are now.'),
      image: text('The image.'),
      entrypoint: {
        enum: ['image', 'replaced'],
        description: "image: the image's ENTRYPOINT gets argv as its arguments.",
      },
      argv: list(text('One argument.')),
      shellLine: text('Boutiques: what the shell is given.'),
      environment: {
        type: 'object',
        additionalProperties: { type: 'string' },
        description: 'Variables by name.',
      },
      workingDirectory: text('In the container.'),
    },
    ['planned', 'image', 'entrypoint', 'argv', 'environment', 'workingDirectory'],
  ),
};

interface RunCommand {
  readonly planned: boolean;
  readonly image: string;
  readonly entrypoint: 'image' | 'replaced';
  readonly argv: readonly string[];
  readonly shellLine?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
}

/** What a run executes. */
export const commandRoutes: Routes = (app, { store }) => {
  app.get<ById>(
    '/runs/:runId/command',
    {
      config: { scope: 'read' },
      schema: ofOneRun('The expanded command, its secrets masked', ref('RunCommand')),
    },
    ({ params, principal }) => commandOf(visibleRun(store, params.runId, principal)),
  );
};

async function commandOf(record: RunRecord): Promise<RunCommand> {
  const { container, image } = record;
  if (container !== undefined) {
    const { entrypoint, argv, shellLine, environment, workingDirectory } = container;
    return {
      planned: false,
      image: image?.reference ?? '',
      entrypoint,
      argv,
      ...(shellLine === undefined ? {} : { shellLine }),
      environment,
      workingDirectory,
    };
  }
  const { command, image: planned, environment, workingDirectory } = await plannedRun(record);
  const { files: _files, ...words } = command;
  return { planned: true, image: planned.reference, ...words, environment, workingDirectory };
}
