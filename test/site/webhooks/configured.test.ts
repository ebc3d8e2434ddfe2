import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { configurationDocument, configurationFor } from '../../../src/site/index.ts';
import { TERMINAL_STATES } from '../../../src/store/index.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SECRET = `whsec_${Buffer.from('s'.repeat(24)).toString('base64')}`;
const OLD = `whsec_${Buffer.from('o'.repeat(24)).toString('base64')}`;

/** The configuration of a folder with this file in it. */
async function configured(yaml: string, files: Readonly<Record<string, string>> = {}) {
  await using folder = await temporaryFolder();
  for (const [name, text] of Object.entries({ ...files, 'cyto-run.yaml': yaml }))
    await writeFile(join(folder.path, name), text);
  return await configurationFor({
    env: { HOME: folder.path },
    cwd: folder.path,
    readStdin: () => Promise.resolve(Buffer.alloc(0)),
  });
}

test('webhooks of the configuration are read with their filters and secrets, which are not shown', async () => {
  const configuration = await configured(
    `serve:
  webhooks:
    lab:
      url: https://lab.example/hook
      secret: [${SECRET}, ${OLD}]
      states: [COMPLETE, canceled]
      apps: tissue-detect
    other:
      url: https://other.example/
      secret-file: secret.txt
`,
    { 'secret.txt': `${SECRET}\n` },
  );
  expect(configuration.webhooks).toEqual([
    {
      ...{ name: 'lab', url: 'https://lab.example/hook', secrets: [SECRET, OLD] },
      ...{ states: ['COMPLETE', 'CANCELED'], apps: ['tissue-detect'], users: [] },
    },
    {
      ...{ name: 'other', url: 'https://other.example/', secrets: [SECRET] },
      ...{ states: TERMINAL_STATES, apps: [], users: [] },
    },
  ]);
  const shown = JSON.stringify(configurationDocument(configuration));
  expect(shown).toContain('https://lab.example/hook');
  expect(shown).not.toContain(SECRET.slice(6));
});

test('everything that is wrong with webhooks is told at once, with its line, and without the secrets', async () => {
  const wrong = configured(`serve:
  webhook-networks: 10.0.0.0/33
  webhooks:
    a:
      url: ftp://x
      secret: hush
    b:
      secret: ${SECRET}
    c:
      url: https://c.example/
    d:
      url: https://d.example/
      secret-file: nowhere
      states: [DONE]
    e:
      adress: https://e.example/
`);
  const error = await wrong.catch((reason: unknown) => reason as Error);
  const { message } = error as Error;
  for (const part of [
    '.yaml:2: serve.webhook-networks: "10.0.0.0/33" is not a block of addresses',
    '.yaml:5: serve.webhooks.a.url is no http or https URL',
    '.yaml:6: serve.webhooks.a.secret is not whsec_',
    '.yaml:8: serve.webhooks.b.url is missing',
    '.yaml:10: serve.webhooks.c.secret is to be said once, here or in a file',
    '.yaml:13: serve.webhooks.d.secret cannot be read (ENOENT)',
    '.yaml:14: serve.webhooks.d.states: "DONE" is no state of a run',
    '.yaml:16: serve.webhooks.e.adress is not a setting',
  ])
    expect(message).toContain(part);
  expect(message).not.toContain('hush');
});
