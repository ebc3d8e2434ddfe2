import { readFileSync } from 'node:fs';

/*
 * What lies beside the program in a clone and in a package alike. The compiled program is one folder of
 * files two folders deep, as this file is: from anywhere deeper the way would lead out of the package.
 */
const PACKAGE = new URL('../../', import.meta.url);

/** Our version, from package.json. */
export function runnerVersion(): string {
  const text = readFileSync(new URL('package.json', PACKAGE), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** The folder of the schemas that are published with the package. */
export const SCHEMAS_FOLDER = new URL('schemas/', PACKAGE);

/** The folder of the web page of a server. */
export const WEB_FOLDER = new URL('web/', PACKAGE);
