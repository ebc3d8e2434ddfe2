import { posix } from 'node:path';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { Dialect } from '../../descriptor/index.ts';
import {
  readArgparseHelp,
  withPlaceholders,
  type ArgparseHelp,
  type Draft,
  type DraftParameter,
} from '../../descriptor/draft/index.ts';
import { optionalText } from '../arguments.ts';
import type { CommandArguments } from '../commands.ts';
import { readTextFile } from '../../site/index.ts';
import type { Terminal } from '../terminal.ts';
import type { DockerfileFacts } from './dockerfile.ts';
import { askAboutApp, canAsk, onTerminal } from './questions.ts';

/** What is to be written, and what its author should look at. */
export interface Gathered {
  readonly draft: Draft;
  readonly dialect: Dialect;
  /** Sentences. */
  readonly notes: readonly string[];
}

const VERSION = '0.1.0';
/** Flags that say something about the app; without any of them a person is asked. */
const SOURCES = ['name', 'description', 'image', 'command', 'dockerfile', 'argparse-help'];

/**
 * Everything known of the app: flags before the Dockerfile before the script's help. Throws `usage`
 * where nothing tells how it is started, `input-missing` for a file that cannot be read.
 */
export async function gatherDraft(args: CommandArguments, terminal: Terminal): Promise<Gathered> {
  const folderName = posix.basename(terminal.cwd) || 'app';
  const isTold = SOURCES.some((name) => args[name] !== undefined);
  if (!isTold && canAsk()) {
    const answers = await onTerminal((ask) => askAboutApp(ask, folderName));
    const { dialect, ...app } = answers;
    return withParameters({
      draft: { ...app, version: optionalText(args['app-version']) ?? VERSION, groups: [] },
      dialect,
      notes: notesFor(app.parameters, dialect),
    });
  }
  const image = await dockerfileFacts(args, terminal);
  const help = await helpOf(args, terminal);
  const dialect = (optionalText(args['dialect']) ?? 'boutiques-0.5') as Dialect;
  const command = optionalText(args['command']) ?? image.command ?? startOf(help?.program);
  if (command === undefined)
    throw new RunnerError('usage', 'how is the app started?', {
      hint: 'Give --command "python3 /app/run.py", --dockerfile Dockerfile or --argparse-help FILE.',
    });
  const name =
    optionalText(args['name']) ?? image.name ?? nameOfProgram(help?.program) ?? folderName;
  const parameters = help?.parameters ?? [];
  return withParameters({
    draft: {
      name,
      description:
        optionalText(args['description']) ?? help?.description ?? image.description ?? name,
      version: optionalText(args['app-version']) ?? image.version ?? VERSION,
      author: optionalText(args['author']) ?? image.author,
      url: image.url,
      image: optionalText(args['image']) ?? guessedImage(name, dialect),
      command,
      parameters,
      groups: help?.groups ?? [],
    },
    dialect,
    notes: [
      ...(help?.notes ?? []),
      ...notesFor(parameters, dialect),
      ...imageNote(args, guessedImage(name, dialect)),
    ],
  });
}

/** With what the command holds; and as Boutiques has no app without inputs (schema 0.5), one to begin from. */
function withParameters({ draft: told, dialect, notes: others }: Gathered): Gathered {
  const { draft, notes: guesses } = withPlaceholders(told);
  const notes = [...others, ...guesses];
  const hasInput = draft.parameters.some(({ writtenTo }) => writtenTo === undefined);
  if (hasInput || dialect !== 'boutiques-0.5') return { draft, dialect, notes };
  const input: DraftParameter = { id: 'input', name: 'Input', kind: 'file', required: true };
  return {
    draft: { ...draft, parameters: [input, ...draft.parameters] },
    dialect,
    notes: [
      ...notes,
      'The parameter `input` is only there to begin from; --argparse-help finds the real ones.',
    ],
  };
}

async function dockerfileFacts(
  args: CommandArguments,
  terminal: Terminal,
): Promise<DockerfileFacts> {
  const given = optionalText(args['dockerfile']);
  if (given === undefined) return {};
  const { readDockerfile } = await import('./dockerfile.ts');
  return readDockerfile(await textOf(given, terminal));
}

async function helpOf(
  args: CommandArguments,
  terminal: Terminal,
): Promise<ArgparseHelp | undefined> {
  const given = optionalText(args['argparse-help']);
  return given === undefined ? undefined : readArgparseHelp(await textOf(given, terminal));
}

const textOf = (given: string, terminal: Terminal): Promise<string> =>
  readTextFile(given, terminal, {
    bytesMax: LIMITS.descriptorBytesMax,
    purpose: {
      code: 'input-missing',
      hint: 'Give the path of a Dockerfile, or of what `--help` printed.',
    },
  });

const startOf = (program: string | undefined): string | undefined =>
  program === undefined ? undefined : /\.py\b/.test(program) ? `python3 ${program}` : program;

const nameOfProgram = (program: string | undefined): string | undefined =>
  program?.replace(/^.*[/ ]/, '').replace(/\.py$/, '');

/** Repository names have small letters (OCI distribution specification). */
const imageName = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '') || 'app';

/** The platform takes the tag from the app's release. */
const guessedImage = (name: string, dialect: Dialect): string =>
  dialect === 'cytomine-0.1' ? imageName(name) : `${imageName(name)}:1`;

const imageNote = (args: CommandArguments, image: string): string[] =>
  args['image'] === undefined ? [`The image is a guess: ${image}; --image names another.`] : [];

/** What a Cytomine descriptor cannot say. */
function notesFor(parameters: Draft['parameters'], dialect: Dialect): string[] {
  if (dialect !== 'cytomine-0.1') return [];
  const ids = (found: Draft['parameters']): string => found.map(({ id }) => id).join(', ');
  const lists = parameters.filter(({ list }) => list !== undefined);
  const switches = parameters.filter(({ kind }) => kind === 'switch');
  return [
    ...(lists.length === 0
      ? []
      : [`Cytomine passes one text for ${ids(lists)}: let the app split it.`]),
    ...(switches.length === 0
      ? []
      : [
          `Cytomine passes true or false behind the flag of ${ids(switches)}: let the app read it.`,
        ]),
  ];
}
