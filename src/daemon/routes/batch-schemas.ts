import { LIMITS } from '../../base/limits.ts';
import { RUN_STATES } from '../../runner/index.ts';
import { count, flag, list, object, ref, text, time, type Schema } from '../http/schemas.ts';
import { PLACING, READ_FOLDER } from './run-schemas.ts';

const ITEM_FACTS = {
  item: text('Its name, unique in the batch.'),
  index: count('Its number, from 0, in the order given.'),
  runId: text('Its newest run.'),
  state: { enum: RUN_STATES, description: 'Where that run is.' },
} as const;

const AT_ONCE: Schema = {
  type: 'integer',
  minimum: 1,
  description: 'Items of it that run at a time; as many as fit unless told.',
};
const LIMIT: Schema = { type: ['string', 'number'] };

/** Of batches. */
export const BATCH_SCHEMAS: readonly Schema[] = [
  {
    $id: 'BatchSubmission',
    description:
      'One app (or descriptor) over many items; what is shared, and what each has itself.',
    examples: [
      {
        app: 'tissue-detect@1.2',
        parameters: { threshold: 5 },
        items: [{ name: 'a', parameters: { slide: '/data/slides/a.tif' } }],
      },
    ],
    ...object(
      {
        app: text('NAME for its newest version, or NAME@VERSION.', { minLength: 1 }),
        descriptor: {
          description: 'In place of an app: a descriptor, as an object or as its text.',
          anyOf: [{ type: 'object' }, { type: 'string' }],
        },
        parameters: { type: 'object', description: 'Values of all items, by input id.' },
        serverParameters: { type: 'object', description: 'Server-set values of all items.' },
        folders: object(
          { out: text('Folder of the server in which each item gets a folder of its own.') },
          [],
        ),
        options: ref('RunOptions'),
        atOnce: AT_ONCE,
        ...PLACING,
        items: {
          type: 'array',
          minItems: 1,
          maxItems: LIMITS.batchItemsMax,
          items: object(
            {
              name: text('Unique in the batch; else by its first file, or its number.', {
                minLength: 1,
                maxLength: 255,
              }),
              parameters: {
                type: 'object',
                description: 'Its own values; they replace shared ones.',
              },
              folders: object({ in: READ_FOLDER, gt: READ_FOLDER }, []),
            },
            [],
          ),
        },
      },
      ['items'],
    ),
  },
  {
    $id: 'BatchRetry',
    description: 'What is to be other when what failed is run again.',
    ...object(
      {
        parameters: { type: 'object', description: 'Secrets again, and values anew, by input id.' },
        serverParameters: { type: 'object', description: 'The same of server-set values.' },
        environment: list(text('A secret variable again, as NAME=value.')),
        currentImage: flag('What the reference names now, in place of the very image.'),
        options: {
          description: 'Limits in place of those that were too small.',
          ...object({ memory: LIMIT, cpus: LIMIT, timeout: LIMIT }, []),
        },
        atOnce: { ...AT_ONCE, description: 'As at the submission; as it was then unless told.' },
        ...PLACING,
      },
      [],
    ),
  },
  {
    $id: 'Batch',
    description: 'A batch, and how its items stand.',
    ...object(
      {
        batchId: text('Id of the batch.'),
        createdAt: time('When it was asked for.'),
        app: object({ name: text('Name.'), version: text('Version.') }, ['name']),
        items: count('How many there are.'),
        submitter: text('Who submitted it.'),
        outFolder: text('Where each item has a folder of its own.'),
        summary: object({
          complete: count('Have completed.'),
          failed: count('Have failed.'),
          canceled: count('Were canceled.'),
          active: count('Have begun.'),
          queued: count('Wait.'),
        }),
      },
      ['batchId', 'createdAt', 'app', 'items', 'summary'],
    ),
  },
  {
    $id: 'BatchPage',
    description: 'One page of batches, newest first.',
    ...object(
      {
        batches: list(ref('Batch')),
        nextCursor: text('Where the next page begins; absent on the last.'),
      },
      ['batches'],
    ),
  },
  {
    $id: 'BatchItemPage',
    description: 'One page of items, in their order.',
    ...object(
      {
        items: list(
          object(
            {
              ...ITEM_FACTS,
              createdAt: time('When its newest run was asked for.'),
              startedAt: time('When that began.'),
              endedAt: time('When that ended.'),
              exitCode: { type: 'integer', description: "The app's exit code." },
              failureCode: text('Why it failed.'),
              failure: ref('RunEventFailure'),
              waiting: text('Code of what it waits for.'),
            },
            ['item', 'index', 'runId', 'state', 'createdAt'],
          ),
        ),
        nextCursor: count('Where the next page begins; absent on the last.'),
      },
      ['items'],
    ),
  },
];

export const BATCH_ID: Schema = object({
  batchId: text('Id of the batch.', { minLength: 1, maxLength: 64 }),
});
