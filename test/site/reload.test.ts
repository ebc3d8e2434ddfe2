import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { configurationFor, readOver, type Configuration } from '../../src/site/index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SECRETS = ['a', 'b'].map(
  (letter) => `whsec_${Buffer.from(letter.repeat(32)).toString('base64')}`,
);

/** Reads texts of one file, one after the other. */
async function readings<const Texts extends readonly string[]>(
  texts: Texts,
): Promise<{ [At in keyof Texts]: Configuration }> {
  await using folder = await temporaryFolder();
  const env = { CYTO_RUN_CONFIG: join(folder.path, 'c.yaml'), XDG_CONFIG_HOME: folder.path };
  const read: Configuration[] = [];
  for (const text of texts) {
    writeFileSync(env.CYTO_RUN_CONFIG, text);
    const readStdin = (): Promise<Buffer> => Promise.resolve(Buffer.alloc(0));
    read.push(await configurationFor({ env, cwd: folder.path, readStdin }));
  }
  return read as { [At in keyof Texts]: Configuration };
}

test('what a server is made with stays, is named each time until the next start, and comes back without a word', async () => {
  const [start, next, same, back] = await readings([
    'serve: { listen: "127.0.0.1:1", slots: 1, traces: "http://a.example/" }',
    'serve: { listen: "127.0.0.1:2", slots: 2 }',
    'serve: { listen: "127.0.0.1:2", slots: 2 }',
    'serve: { listen: "127.0.0.1:1", slots: 2, traces: "http://a.example/" }',
  ]);
  const once = readOver(start, next);
  expect(once).toMatchObject({
    applied: ['serve.slots'],
    kept: ['serve.listen', 'serve.traces'],
    configuration: {
      values: {
        'serve.slots': 2,
        'serve.traces': 'http://a.example/',
        'serve.listen': { host: '127.0.0.1', port: 1 },
      },
    },
  });
  const twice = readOver(once.configuration, same);
  expect(twice).toMatchObject({ applied: [], kept: ['serve.listen', 'serve.traces'] });
  expect(readOver(twice.configuration, back)).toMatchObject({ applied: [], kept: [] });
});

test('TLS neither comes nor goes; its files may be others', async () => {
  const tls = (name: string): string => `serve: { tls: { cert: ${name}.pem, key: ${name}.key } }`;
  const [none, one, other] = await readings(['{}', tls('one'), tls('other')]);
  expect(readOver(none, one)).toMatchObject({
    ...{ applied: [], kept: ['serve.tls.cert', 'serve.tls.key'] },
    configuration: { values: { 'serve.tls.cert': undefined } },
  });
  expect(readOver(one, none).kept).toEqual(['serve.tls.cert', 'serve.tls.key']);
  const { applied, configuration } = readOver(one, other);
  expect(applied).toEqual(['serve.tls.cert', 'serve.tls.key']);
  expect(configuration.values['serve.tls.cert']).toMatch(/other\.pem$/);
});

test('of clusters only their places change; apps have other limits at once', async () => {
  const text = (host: string, slots: number, more = ''): string =>
    `clusters: { hpc: { host: ${host}, work-folder: /w, slots: ${slots} }${more} }\napps: { seg: { runs-at-once: ${slots} } }`;
  const [before, now] = await readings([
    text('one', 3),
    text('two', 5, ', new: { host: n, work-folder: /n, slots: 1 }'),
  ]);
  const { applied, kept, configuration } = readOver(before, now);
  expect(applied).toEqual(['apps.seg.runs-at-once', 'clusters.hpc.slots']);
  expect(kept).toEqual([
    ...['clusters.hpc.host', 'clusters.new.host', 'clusters.new.slots'],
    'clusters.new.work-folder',
  ]);
  expect([...configuration.clusters.values()]).toMatchObject([{ host: 'one', slots: 5 }]);
  expect(configuration.appRuns.get('seg')).toBe(5);
});

test('a webhook is new as a whole, also by what is in the file of its secret', async () => {
  await using folder = await temporaryFolder();
  const secretFile = join(folder.path, 'secret');
  const text = (name: string): string =>
    `serve: { webhooks: { ${name}: { url: "https://a.example/", secret-file: "${secretFile}" } } }`;
  writeFileSync(secretFile, SECRETS[0] ?? '', { mode: 0o600 });
  const [before, same] = await readings([text('lab'), text('lab')]);
  expect(readOver(before, same).applied).toEqual([]);
  writeFileSync(secretFile, SECRETS[1] ?? '');
  const [rotated, other] = await readings([text('lab'), text('ward')]);
  expect(readOver(before, rotated).applied).toEqual(['serve.webhooks.lab']);
  expect(readOver(before, other).applied).toEqual(['serve.webhooks.lab', 'serve.webhooks.ward']);
});
