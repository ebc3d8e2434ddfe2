import type { Client } from '../../client/index.ts';
import {
  hasErrors,
  parseInvocation,
  type Descriptor,
  type RawValues,
} from '../../descriptor/index.ts';
import { valuesDoNotFit } from '../../site/index.ts';
import type { Terminal } from '../terminal.ts';
import { submitWithFiles } from './checked-values.ts';
import { submittedTexts, submittedValues, type FileReference } from './submission.ts';

interface Given {
  readonly user: RawValues;
  readonly server: RawValues;
}

export interface TypedSubmission {
  readonly descriptor: Descriptor;
  readonly values: Given;
  readonly client: Client;
  readonly terminal: Pick<Terminal, 'cwd'>;
  /** Hears of files that are sent. */
  readonly say: (line: string) => void;
}

type Typed = Record<'parameters' | 'serverParameters', Record<string, unknown>>;

/** Submits values given anew, their files as `submitWithFiles` has it. Throws what is wrong with them. */
export async function submitTyped<Answer>(
  { descriptor, values, client, terminal, say }: TypedSubmission,
  submit: (typed: Typed) => Promise<Answer>,
): Promise<Answer> {
  const paths = new Set<string>();
  await typedValues(descriptor, values, terminal.cwd, (path) => {
    paths.add(path);
    return path;
  });
  return submitWithFiles([...paths], client, say, async (referTo) =>
    submit(await typedValues(descriptor, values, terminal.cwd, referTo)),
  );
}

/**
 * Some values of an app, as JSON of their inputs' types; the others stay what they are. What is no input
 * is sent as it was typed: the server knows what is nearest. Throws `invocation-invalid`.
 */
async function typedValues(
  descriptor: Descriptor,
  given: Given,
  cwd: string,
  referTo: (path: string) => FileReference,
): Promise<Typed> {
  const isGiven = (id: string): boolean => id in given.user || id in given.server;
  const inputs = descriptor.inputs
    .filter(({ id }) => isGiven(id))
    .map(({ defaultValue: _default, ...input }) => ({
      ...input,
      // What others must be there, or must not, is between these and those of before.
      ...{ optional: true, requiresInputs: [], disablesInputs: [] },
      ...{ valueRequires: {}, valueDisables: {} },
    }));
  const known = new Set(inputs.map(({ id }) => id));
  const part = { ...descriptor, inputs, groups: [] };
  const { invocation = [], diagnostics } = parseInvocation(part, {
    user: only(given.user, (id) => known.has(id)),
    server: only(given.server, (id) => known.has(id)),
  });
  if (hasErrors(diagnostics)) throw await valuesDoNotFit(descriptor, diagnostics);
  const typed = (giver: 'user' | 'server'): Record<string, unknown> => ({
    ...submittedTexts(only(given[giver], (id) => !known.has(id))),
    ...submittedValues(
      part,
      invocation.filter(({ source }) => source === giver),
      cwd,
      referTo,
    ),
  });
  return { parameters: typed('user'), serverParameters: typed('server') };
}

const only = (values: RawValues, isWanted: (id: string) => boolean): RawValues =>
  Object.fromEntries(Object.entries(values).filter(([id]) => isWanted(id)));
