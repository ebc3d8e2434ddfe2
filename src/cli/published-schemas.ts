import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { SCHEMAS_FOLDER } from '../site/index.ts';

const ENDING = '.schema.json';

/** A schema of ours that is published with the package. */
export interface PublishedSchema {
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

/** The names of our schemas, in alphabetical order: `boutiques-0.5`, `invocation` … */
export const publishedSchemaNames = (): string[] =>
  readdirSync(SCHEMAS_FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .sort();

/** One of our schemas by its name. */
export async function publishedSchema(name: string): Promise<PublishedSchema> {
  const text = await readFile(new URL(`${name}${ENDING}`, SCHEMAS_FOLDER), 'utf8');
  const { title } = JSON.parse(text) as { title: string };
  return { name, title, text };
}
