import { ENGINES, fileSystemId } from '../../site/index.ts';
import { PROBLEMS } from '../http/server.ts';
import { count, flag, list, object, ref, text, type Schema } from '../http/schemas.ts';
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
        inputs: object({
          paths: flag(
            'A run may name files of the server, in the folders that its configuration opens.',
          ),
          urlHosts: list(text('Files are fetched from it, as its configuration writes it.')),
        }),
        runs: object({ waiting: count('In the queue.'), active: count('Begun and not ended.') }),
      },
      ['name', 'version', 'dataId', 'engines', 'inputs', 'runs'],
    ),
  },
];

/** What the server is. */
export const serviceRoutes: Routes = (app, context) => {
  const { store, version, dispatcher, active, settings } = context;
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
      inputs: {
        paths: (settings.current.mountRoots ?? []).length > 0,
        urlHosts: settings.values['serve.urls.hosts'],
      },
      runs: { waiting: dispatcher.waiting, active: active.count },
    }),
  );
};
