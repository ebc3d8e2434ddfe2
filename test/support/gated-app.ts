import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** An app that does one thing, waits at a gate for as long as a test likes, and does another. */
export interface GatedApp {
  /** What is typed to run it, in a home. */
  readonly args: readonly string[];
  readonly open: () => Promise<void>;
}

/** Writes its descriptor, with two chains of the probe's verbs, and the folder of its gate into a home. */
export async function gatedApp(home: string, before: string, after: string): Promise<GatedApp> {
  const descriptor = join(home, 'gated.json');
  const folder = join(home, 'gate');
  await mkdir(folder);
  await writeFile(descriptor, JSON.stringify(descriptorOf(before, after)));
  return {
    args: [descriptor, '--mount', `${folder}:/gate`],
    open: () => writeFile(join(folder, 'open'), ''),
  };
}

const descriptorOf = (before: string, after: string): object => ({
  'schema-version': '0.5',
  name: 'gated',
  description: 'Waits for a file between two chains of verbs.',
  'tool-version': '1',
  'command-line': `probe ${quoted(before)} && until [ -e /gate/open ]; do sleep 0.1; done && probe ${quoted(after)} # [NOTHING]`,
  'container-image': { type: 'docker', image: 'cyto-run/probe:1' },
  inputs: [
    { id: 'nothing', name: 'nothing', type: 'String', optional: true, 'value-key': '[NOTHING]' },
  ],
  'output-files': [
    { id: 'texts', name: 'texts', 'path-template': '*.txt', list: true, optional: true },
  ],
});

/** Verbs hold no spaces of their own, but for those that are written as octal bytes. */
const quoted = (verbs: string): string =>
  verbs
    .split(' ')
    .map((verb) => `'${verb}'`)
    .join(' ');
