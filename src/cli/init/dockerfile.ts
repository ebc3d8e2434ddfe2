import { DockerfileParser, Keyword, JSONInstruction, Label } from 'dockerfile-ast';

import { shellQuote } from '../../descriptor/index.ts';

/** What a Dockerfile tells of the app in its last stage. */
export interface DockerfileFacts {
  /** ENTRYPOINT and CMD as a shell line. */
  readonly command?: string;
  readonly name?: string;
  readonly version?: string;
  readonly description?: string;
  readonly author?: string;
  readonly url?: string;
}

/** Names of labels, the first that is there counts (OCI image specification, annotations). */
const LABELS = {
  name: ['org.opencontainers.image.title', 'org.label-schema.name', 'name', 'title'],
  version: ['org.opencontainers.image.version', 'org.label-schema.version', 'version'],
  description: [
    'org.opencontainers.image.description',
    'org.label-schema.description',
    'description',
  ],
  author: ['org.opencontainers.image.authors', 'authors', 'author', 'maintainer'],
  url: ['org.opencontainers.image.url', 'org.opencontainers.image.source', 'org.label-schema.url'],
} as const;

/** Reads the last stage of a Dockerfile. A text that is none has no facts. */
export function readDockerfile(text: string): DockerfileFacts {
  const dockerfile = DockerfileParser.parse(text);
  const stage = dockerfile.getFROMs().at(-1)?.getRange().start.line ?? 0;
  const ofStage = dockerfile
    .getInstructions()
    .filter((instruction) => instruction.getRange().start.line >= stage);
  const lastOf = (keyword: Keyword): string | undefined => {
    const found = ofStage.findLast(
      (one) => one instanceof JSONInstruction && one.getKeyword() === (keyword as string),
    );
    return found instanceof JSONInstruction ? shellLine(found) : undefined;
  };
  const labels = new Map(
    ofStage
      .filter((instruction) => instruction instanceof Label)
      .flatMap((label) => label.getProperties())
      .map((property) => [property.getName(), property.getValue() ?? ''] as const),
  );
  const command = [lastOf(Keyword.ENTRYPOINT), lastOf(Keyword.CMD)]
    .filter((line) => line !== undefined && line !== '')
    .join(' ');
  const named = Object.entries(LABELS).flatMap(([fact, names]) => {
    const value = names.map((name) => labels.get(name)).find((text) => (text ?? '') !== '');
    // A variable has no value before the image is built.
    return value === undefined || value.includes('$') ? [] : [[fact, value]];
  });
  return {
    ...(command === '' ? {} : { command }),
    ...(Object.fromEntries(named) as Omit<DockerfileFacts, 'command'>),
  };
}

/** The exec form as a shell would be given it; what is no list of texts is the shell form, as for Docker. */
function shellLine(instruction: JSONInstruction): string {
  const written = (instruction.getArgumentsContent() ?? '').trim();
  const words = written.startsWith('[') ? jsonOf(written) : undefined;
  return Array.isArray(words) && words.every((word) => typeof word === 'string')
    ? words.map(shellQuote).join(' ')
    : written.replaceAll(/\s+/g, ' ');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
