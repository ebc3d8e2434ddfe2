import { LIMITS } from '../../base/limits.ts';
import { describeDescriptor, invocationSchema } from '../../descriptor/index.ts';
import type { AppChange, StoredApp } from '../../store/index.ts';
import { PROBLEMS } from '../http/server.ts';
import { flag, list, object, ref, text, time, type Schema } from '../http/schemas.ts';
import { fileOfApp } from '../submission.ts';
import type { Routes } from './route.ts';

export const APP_SCHEMAS: readonly Schema[] = [
  {
    $id: 'App',
    description: 'One version of an app.',
    ...object(
      {
        name: text('Name.'),
        version: text("The descriptor's version; 0 where it has none."),
        createdAt: time('When it was registered.'),
        dialect: text("The descriptor's dialect."),
        descriptorSha256: text('Hex.'),
        registeredBy: text('Who registered it.'),
        enabled: flag('It may be run.'),
        deprecated: text('Runs still, but another version should be used: why.'),
        fromImage: text(
          'The very image it was registered from, by digest or id: what its runs use.',
        ),
      },
      ['name', 'version', 'createdAt', 'dialect', 'descriptorSha256', 'registeredBy', 'enabled'],
    ),
  },
  {
    $id: 'AppPage',
    description: 'One page of apps.',
    ...object({ apps: list(ref('App')), nextCursor: text('Absent on the last page.') }, ['apps']),
  },
];

interface AppsQuery {
  readonly name?: string;
  readonly limit: number;
  readonly cursor?: string;
}

const APP_VERSION: Schema = object({ name: text('Name.'), version: text('Version.') });

interface OfVersion {
  readonly Params: { readonly name: string; readonly version: string };
}

/** Looking at apps. */
export const appRoutes: Routes = (app, { store }) => {
  const { apps } = store.server;

  app.get<{ Querystring: AppsQuery }>(
    '/apps',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'Every version of every app, by name, newest first',
        tags: ['apps'],
        querystring: object(
          {
            name: text('Of this app alone.'),
            limit: {
              type: 'integer',
              minimum: 1,
              maximum: LIMITS.appsPageMax,
              default: 100,
              description: 'At most so many.',
            },
            cursor: text('`nextCursor` of the page before.'),
          },
          [],
        ),
        response: { 200: { description: 'One page.', ...ref('AppPage') }, ...PROBLEMS },
      },
    },
    ({ query }) => {
      const { apps: found, ...rest } = apps.page(query);
      return { apps: found.map(shownApp), ...rest };
    },
  );

  app.get<OfVersion>(
    '/apps/:name/:version',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'What an app does, takes and gives',
        tags: ['apps'],
        params: APP_VERSION,
        response: {
          200: {
            description: 'The app, its description, and the schema of its invocations.',
            ...object({
              app: ref('App'),
              description: { type: 'object', description: 'As `cyto-run describe --json`.' },
              invocationSchema: { type: 'object', description: 'As `cyto-run schema`.' },
              descriptor: text('The text of its descriptor.'),
            }),
          },
          ...PROBLEMS,
        },
      },
    },
    async ({ params }) => {
      const known = apps.read(params.name, params.version);
      const { descriptor, diagnostics } = await fileOfApp(known);
      return {
        app: shownApp(known),
        description: describeDescriptor(descriptor, diagnostics),
        invocationSchema: invocationSchema(descriptor),
        descriptor: known.descriptorText,
      };
    },
  );
};

/** Saying whether an app is to be used. */
export const appChangeRoutes: Routes = (app, { store }) => {
  const { apps } = store.server;

  app.patch<OfVersion & { Body: AppChange }>(
    '/apps/:name/:version',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Enable, disable or deprecate an app',
        tags: ['apps'],
        params: APP_VERSION,
        body: object(
          {
            enabled: flag('It may be run.'),
            deprecated: {
              type: ['string', 'null'],
              description: 'Why another should be used; null: no longer.',
            },
          },
          [],
        ),
        response: { 200: { description: 'As it is now.', ...ref('App') }, ...PROBLEMS },
      },
    },
    ({ params, body }) => shownApp(apps.change(params.name, params.version, body)),
  );
};

/** As it is told: its descriptor is asked for by itself. */
export const shownApp = ({
  descriptorText: _text,
  ...app
}: StoredApp): Omit<StoredApp, 'descriptorText'> => app;
