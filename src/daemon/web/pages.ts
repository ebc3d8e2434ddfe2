import type { FastifyInstance } from 'fastify';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import { WEB_FOLDER } from '../../site/index.ts';
import { apiPage, type ApiDocument } from './api-page.ts';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** What the page is made of; nothing else of the folder is ever served. */
const FILES = [
  'style.css',
  'icon.svg',
  'main.js',
  'api.js',
  'element.js',
  'words.js',
  'dialog.js',
  'poll.js',
  'facts.js',
  'log.js',
  'save.js',
  'runs.js',
  'run.js',
  'outputs.js',
  'run-inputs.js',
  'preview.js',
  'csv.js',
  'geojson.js',
  'queue.js',
  'batches.js',
  'apps.js',
  'launch-form.js',
  'form-faults.js',
  'field.js',
  'controls.js',
  'file-control.js',
  'field-values.js',
  'upload.js',
] as const;

/** The web page at `/`, and that of the API at `/docs`: a few files, read once, that talk to the API as any client does. */
export function addPages(app: FastifyInstance): void {
  const serve = (path: string, file: URL, type: string): void => {
    const content = readFileSync(file);
    app.get(path, { schema: { hide: true } }, (_request, reply) =>
      reply.header('cache-control', 'no-cache').type(type).send(content),
    );
  };
  serve('/', new URL('index.html', WEB_FOLDER), TYPES['html'] ?? '');
  for (const name of FILES)
    serve(`/assets/${name}`, new URL(name, WEB_FOLDER), TYPES[name.split('.').at(-1) ?? ''] ?? '');
  // Browsers ask for it of their own accord wherever a page names no icon.
  serve('/favicon.ico', new URL('icon.svg', WEB_FOLDER), TYPES['svg'] ?? '');
  app.get('/docs', { schema: { hide: true } }, (_request, reply) =>
    reply
      .header('cache-control', 'no-cache')
      .type(TYPES['html'] ?? '')
      .send(apiPage(app.swagger() as unknown as ApiDocument)),
  );
  // The library itself, as its package has it: one file without imports.
  const parser = createRequire(import.meta.url).resolve('eventsource-parser');
  serve(
    '/assets/eventsource-parser.js',
    new URL('index.js', pathToFileURL(parser)),
    TYPES['js'] ?? '',
  );
}
