import { ENGINES, fileSystemId } from '../../site/index.ts';
import { PROBLEMS } from '../http/server.ts';
import { count, list, object, ref, text, type Schema } from '../http/schemas.ts';
import type { Routes } from './route.ts';

export const SERVICE_SCHEMAS: readonly Schema[] = [
  {
    $id: 'ServiceInfo',
    description: 'What this server is.',
    ...object(
      {
        name: text('Name of the program.'),
        version: text('Its version.'),
        dataId: text('Tells its data folder from all others.'),
        fileSystem: text('A program that has the same finds the same files under the same paths.'),
        engines: list(text('An engine it can run apps on.')),
        runs: object({ waiting: count('In the queue.'), active: count('Begun and not ended.') }),
      },
      ['name', 'version', 'dataId', 'engines', 'runs'],
    ),
  },
];

/** What the server is. */
export const serviceRoutes: Routes = (app, { store, version, dispatcher, active }) => {
  const fileSystem = fileSystemId();
  app.get(
    '/service-info',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'What this server is',
        tags: ['service'],
        response: { 200: { description: 'This server.', ...ref('ServiceInfo') }, ...PROBLEMS },
      },
    },
    () => ({
      ...(fileSystem === undefined ? {} : { fileSystem }),
      name: 'cyto-run',
      version,
      dataId: store.dataId,
      engines: ENGINES,
      runs: { waiting: dispatcher.waiting, active: active.count },
    }),
  );
};
