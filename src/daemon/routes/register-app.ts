import { createHash } from 'node:crypto';

import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import {
  appOfImage,
  descriptorOf,
  engineFor,
  pinnedImage,
  textAt,
  type DescriptorFile,
} from '../../site/index.ts';
import { object, ref, text } from '../http/schemas.ts';
import { PROBLEMS } from '../http/server.ts';
import { admissionOf } from '../submission.ts';
import { shownApp } from './apps.ts';
import type { RouteContext, Routes } from './route.ts';

interface Registration {
  readonly descriptor?: object | string;
  readonly image?: string | UploadedImage;
}

/** An image that its submitter has uploaded. */
interface UploadedImage {
  readonly upload: string;
  readonly kind?: 'docker-archive' | 'oci-archive' | 'sif';
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
        summary: 'Register an app from its descriptor, its image, or both',
        description:
          'Of an image alone, /app/descriptor.json is read; nothing of it is started. It is brought first where it is not here, and runs of the app use this very image.',
        tags: ['apps'],
        body: object(
          {
            descriptor: {
              description: 'As an object, as its text, or as `{"upload": ID}`.',
              anyOf: [{ type: 'object' }, { type: 'string' }],
            },
            image: {
              description:
                'As a descriptor would name it, or an archive that was uploaded. Beside a descriptor it stands in place of the image that is named there.',
              anyOf: [
                { type: 'string', minLength: 1 },
                object(
                  {
                    upload: text('Its id.'),
                    kind: {
                      enum: ['docker-archive', 'oci-archive', 'sif'],
                      description: 'docker-archive by default, as `docker save` makes it.',
                    },
                  },
                  ['upload'],
                ),
              ],
            },
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
  const own = descriptor === undefined ? undefined : await fileOf(descriptor, context, asking);
  if (image === undefined) {
    if (own !== undefined) return { file: own };
    throw new RunnerError('request-invalid', 'which app?', {
      hint: 'Give `descriptor`, `image` or both.',
    });
  }
  const reference = await referenceOf(image, context, asking);
  const { engines, store } = context;
  const configuration = context.settings.current;
  await admissionOf(configuration, asking, context).image(reference);
  const chosen = engineFor(configuration, process.env, {
    ...{ type: 'docker', image: reference, dialect: 'cytomine-0.1' },
  });
  const engine = await engines.open(chosen.name, configuration.values.cluster);
  // Who asks may be cut off before a long pull has ended: asked again, it is joined.
  const { stopping } = context;
  return own === undefined
    ? appOfImage(reference, { engine, ownerLabel: store.dataId }, stopping)
    : { file: own, image: await pinnedImage(reference, engine, stopping) };
}

/** A descriptor that was given, or uploaded. Throws as `Uploads.use` does, and what is wrong with it. */
async function fileOf(
  descriptor: object | string,
  { uploads }: RouteContext,
  { principal }: Parameters<typeof admissionOf>[1],
): Promise<DescriptorFile> {
  const read = (text: string): Promise<DescriptorFile> =>
    descriptorOf(text, '/descriptor.json', 'descriptor');
  if (typeof descriptor === 'string') return read(descriptor);
  const { upload, ...others } = descriptor as { readonly upload?: unknown };
  if (typeof upload !== 'string' || Object.keys(others).length > 0)
    return read(JSON.stringify(descriptor, null, 2));
  const { path } = await uploads.use(upload, principal);
  return read(textAt(path, `upload ${upload}`, { bytesMax: LIMITS.descriptorBytesMax }));
}

async function referenceOf(
  image: string | UploadedImage,
  { uploads }: RouteContext,
  { principal }: Parameters<typeof admissionOf>[1],
): Promise<string> {
  if (typeof image === 'string') return image;
  const { path } = await uploads.use(image.upload, principal);
  const { kind = 'docker-archive' } = image;
  return kind === 'sif' ? `file:${path}` : `${kind}:${path}`;
}
