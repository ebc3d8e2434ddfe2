import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Two folders above this file, in a clone and in a package alike. */
const FOLDER = new URL('../../schemas/', import.meta.url);
const ENDING = '.schema.json';

/** A schema of ours that is published with the package. */
export interface PublishedSchema {
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

/** The names of our schemas, in alphabetical order: `boutiques-0.5`, `invocation` … */
export const publishedSchemaNames = (): string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .sort();

/** One of our schemas by its name. */
export async function publishedSchema(name: string): Promise<PublishedSchema> {
  const text = await readFile(new URL(`${name}${ENDING}`, FOLDER), 'utf8');
  const { title } = JSON.parse(text) as { title: string };
  return { name, title, text };
}
