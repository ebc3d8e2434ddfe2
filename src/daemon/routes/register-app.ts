import { createHash } from 'node:crypto';

import { RunnerError } from '../../base/errors.ts';
import { appOfImage, descriptorOf, engineFor, type DescriptorFile } from '../../site/index.ts';
import { object, ref, text } from '../http/schemas.ts';
import { PROBLEMS } from '../http/server.ts';
import { admissionOf } from '../submission.ts';
import { shownApp } from './apps.ts';
import type { RouteContext, Routes } from './route.ts';

interface Registration {
  readonly descriptor?: object | string;
  readonly image?: string;
}

interface Found {
  readonly file: DescriptorFile;
  readonly image?: string;
}

/** Making an app known. */
export const registerRoutes: Routes = (app, context) => {
  const { apps } = context.store.server;

  app.post<{ Body: Registration }>(
    '/apps',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Register an app from its descriptor, or from the image that holds it',
        description:
          'Of an image, /app/descriptor.json is read; nothing of it is started. It is brought first where it is not here, and runs of the app use this very image.',
        tags: ['apps'],
        body: object(
          {
            descriptor: {
              description: 'As an object, or as its text.',
              anyOf: [{ type: 'object' }, { type: 'string' }],
            },
            image: text('In place of a descriptor: as a descriptor would name it.', {
              minLength: 1,
            }),
          },
          [],
        ),
        response: {
          200: { description: 'This very version was there already.', ...ref('App') },
          201: { description: 'It is registered.', ...ref('App') },
          ...PROBLEMS,
        },
      },
    },
    async ({ body, principal }, reply) => {
      const { file, image } = await found(body, context, { principal });
      const { name, version = '0', dialect } = file.descriptor;
      const isNew = apps.add({
        name,
        version,
        dialect,
        descriptorText: file.text,
        descriptorSha256: createHash('sha256').update(file.text).digest('hex'),
        registeredBy: principal.name,
        enabled: true,
        ...(image === undefined ? {} : { fromImage: image }),
      });
      return reply.code(isNew ? 201 : 200).send(shownApp(apps.read(name, version)));
    },
  );
};

async function found(
  { descriptor, image }: Registration,
  context: RouteContext,
  asking: Parameters<typeof admissionOf>[1],
): Promise<Found> {
  if ((descriptor === undefined) === (image === undefined))
    throw new RunnerError(
      'request-invalid',
      image === undefined ? 'which app?' : 'descriptor and image are both given',
      { hint: 'Give `descriptor` or `image`, one of them.' },
    );
  if (image === undefined) {
    const text = typeof descriptor === 'string' ? descriptor : JSON.stringify(descriptor, null, 2);
    return { file: await descriptorOf(text, '/descriptor.json', 'descriptor') };
  }
  const { configuration, engines, store } = context;
  await admissionOf(configuration, asking, context).image(image);
  const chosen = engineFor(configuration, process.env, {
    ...{ type: 'docker', image, dialect: 'cytomine-0.1' },
  });
  const engine = await engines.open(chosen.name, configuration.values.cluster);
  // Who asks may be cut off before a long pull has ended: asked again, it is joined.
  return appOfImage(image, { engine, ownerLabel: store.dataId }, context.stopping);
}
