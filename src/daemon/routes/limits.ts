import { LIMITS } from '../../base/limits.ts';
import { PROBLEMS } from '../http/server.ts';
import { count, object, ref, type Schema } from '../http/schemas.ts';
import type { Routes } from './route.ts';

/** Bounds that a client can meet, by their names in the answer. */
const SHOWN = {
  requestBytes: ['Of one request.', LIMITS.requestBytesMax],
  descriptorBytes: ['Of one descriptor.', LIMITS.descriptorBytesMax],
  batchItems: ['Items of one batch.', LIMITS.batchItemsMax],
  outputFiles: ['Files that one run may leave.', LIMITS.outputFilesMax],
  jsonDepth: ['Levels of a JSON document.', LIMITS.jsonDepthMax],
  jsonKeys: ['Keys of one object of a request.', LIMITS.jsonKeysMax],
  jsonValues: ['Values of a request.', LIMITS.jsonValuesMax],
  attempts: ['Attempts of one run.', LIMITS.attemptsMax],
} as const satisfies Record<string, readonly [string, number]>;

const RUN_LIMITS = {
  memoryBytes: 'Memory of a run that asks for none itself; absent: no limit.',
  timeoutMs: 'Time of a run that asks for none itself; absent: no limit.',
  stopGraceMs: 'Between SIGTERM and SIGKILL.',
  pids: 'Processes of a run.',
} as const;

export const LIMITS_SCHEMA: Schema = {
  $id: 'Limits',
  description: 'What this server allows, and what it gives runs that do not say.',
  ...object({
    server: object(mapped(SHOWN, ([description]) => description)),
    run: object(
      {
        ...mapped(RUN_LIMITS, (description) => description),
        cpus: { type: 'number', description: 'Cores of a run that asks for none itself.' },
      },
      [],
    ),
  }),
};

/** What a client must keep within. */
export const limitRoutes: Routes = (app, { settings }) => {
  app.get(
    '/limits',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'What this server allows',
        tags: ['service'],
        response: { 200: { description: 'Its bounds.', ...ref('Limits') }, ...PROBLEMS },
      },
    },
    () => ({
      server: Object.fromEntries(Object.entries(SHOWN).map(([name, [, bound]]) => [name, bound])),
      run: {
        memoryBytes: settings.values['limits.memory'],
        cpus: settings.values['limits.cpus'],
        timeoutMs: settings.values['limits.timeout'],
        stopGraceMs: settings.values['limits.stop-grace'],
        pids: settings.values['limits.pids'],
      },
    }),
  );
};

function mapped<Value>(
  table: Readonly<Record<string, Value>>,
  descriptionOf: (value: Value) => string,
): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(table).map(([name, value]) => [name, count(descriptionOf(value))]),
  );
}
