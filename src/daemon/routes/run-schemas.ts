import { RUN_STATES } from '../../runner/index.ts';
import { PROBLEMS } from '../http/server.ts';
import { count, flag, list, object, ref, text, time, type Schema } from '../http/schemas.ts';

const STATE: Schema = { enum: RUN_STATES, description: 'Where the run is.' };

export const PRIORITY: Schema = {
  type: 'integer',
  minimum: -100,
  maximum: 100,
  description: 'Higher begins earlier; 0 is usual, and above it is an administrator’s to give.',
};

/** How a run stands in the queue. */
export const PLACING: Readonly<Record<string, Schema>> = {
  priority: PRIORITY,
  hold: {
    type: ['boolean', 'string'],
    description: 'Let it wait until it is released; a text says why.',
  },
  deadline: time('A run that has not begun by then never does.'),
  notBefore: time('It does not begin earlier.'),
};

/** A path of the server, or an upload that is a folder. */
export const READ_FOLDER: Schema = {
  description: 'Folder of pictures.',
  anyOf: [{ type: 'string' }, object({ upload: text('Id of an upload that is a folder.') })],
};

/** Of runs, beside the published ones. */
export const RUN_SCHEMAS: readonly Schema[] = [
  {
    $id: 'Submission',
    description: 'One run: an app (or a descriptor), values, and how it is to be executed.',
    examples: [{ app: 'tissue-detect@1.2', parameters: { threshold: 5 } }],
    ...object(
      {
        app: text('NAME for its newest version, or NAME@VERSION.', { minLength: 1 }),
        descriptor: {
          description: 'In place of an app: a descriptor, as an object or as its text.',
          anyOf: [{ type: 'object' }, { type: 'string' }],
        },
        parameters: { type: 'object', description: 'Values by input id.' },
        serverParameters: {
          type: 'object',
          description: 'Server-set values by input id, in place of a platform.',
        },
        folders: {
          description:
            'BIAFLOWS folder mode, and where outputs go: folders of the server, or that were sent.',
          ...object(
            {
              in: READ_FOLDER,
              out: text('Folder that gets the outputs; without it the server keeps them.'),
              gt: { ...READ_FOLDER, description: 'Folder of ground truth.' },
            },
            [],
          ),
        },
        options: ref('RunOptions'),
        ...PLACING,
        webhook: ref('RunWebhook'),
      },
      [],
    ),
  },
  {
    $id: 'RunParameter',
    description: 'One value the app was given.',
    ...object(
      {
        inputId: text("Id of the descriptor's input."),
        type: text('Type of the input in the descriptor.'),
        value: ref('RunEventValue'),
        source: { enum: ['user', 'server', 'default'], description: 'Who gave it.' },
        secret: flag('Whether the value is asterisks.'),
        origins: {
          description: 'Of files and folders that were fetched or sent: where from.',
          ...list(ref('RunEventPlacedOrigin')),
        },
      },
      ['inputId', 'type', 'value', 'source', 'secret'],
    ),
  },
  {
    $id: 'RunSummary',
    description: 'What a list shows of a run.',
    ...object(
      {
        runId: text('Id of the run.'),
        state: STATE,
        app: object({ name: text('Name.'), version: text('Version.') }, ['name']),
        createdAt: time('When it was asked for.'),
        startedAt: time('When its app began, in the newest attempt.'),
        endedAt: time('When it ended.'),
        exitCode: { type: 'integer', description: "The app's exit code." },
        failureCode: text('Why it failed.'),
        stopCause: text('Who or what asked it to stop.'),
        percent: { type: 'number', description: 'Progress as the app told it.' },
        rerunOf: text('The run whose repetition it is.'),
        attempt: count('The newest attempt, when it is not the first.'),
        waiting: text('Code of what it waits for.'),
        batch: text('The batch it belongs to.'),
        item: text('Its name there.'),
        submitter: text('Who submitted it.'),
      },
      ['runId', 'state', 'app', 'createdAt'],
    ),
  },
  {
    $id: 'RunPage',
    description: 'One page of runs, newest first.',
    ...object(
      {
        runs: list(ref('RunSummary')),
        nextCursor: text('Where the next page begins; absent on the last.'),
      },
      ['runs'],
    ),
  },
  {
    $id: 'Why',
    description: 'Why a run waits, runs or ended as it did.',
    ...object(
      {
        runId: text('Id of the run.'),
        state: STATE,
        code: text('Stable, for programs.'),
        sentence: text('For people.'),
        hint: text('What to try.'),
        since: time('Since when it is so.'),
      },
      ['runId', 'state', 'code', 'sentence', 'since'],
    ),
  },
];

/** Not empty: an empty part of a path is no id, and no part of one. */
export const RUN_ID_TEXT = text('Id of the run.', { minLength: 1, maxLength: 64 });
export const RUN_ID: Schema = object({ runId: RUN_ID_TEXT });

/** The schema of a route about one run that answers with JSON. */
export const ofOneRun = (summary: string, answer: Schema): Record<string, unknown> => ({
  summary,
  tags: ['runs'],
  params: RUN_ID,
  response: { 200: { description: summary, ...answer }, ...PROBLEMS },
});

export const RUN_QUERY: Schema = object(
  {
    state: {
      type: 'array',
      items: { enum: [...RUN_STATES, 'active', 'failed'] },
      description: 'Only runs in one of these; active and failed are groups of them.',
    },
    app: text('Only runs of this app.'),
    batch: text('Only runs of this batch.'),
    submitter: text('Only runs of this submitter.'),
    since: time('Only runs asked for at this time or later.'),
    before: time('Only runs asked for before.'),
    search: text('Only runs whose id, app or values hold this text.'),
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: 200,
      default: 20,
      description: 'At most so many.',
    },
    cursor: text('`nextCursor` of the page before.'),
  },
  [],
);

export const CANCEL: Schema = object({ now: flag('Without grace.') }, []);
