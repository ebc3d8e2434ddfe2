import { SECRET_MASK, type Descriptor } from '../descriptor/index.ts';
import type { RecordedParameter, RunRecord } from '../runner/index.ts';
import type { RunSecrets } from '../store/index.ts';
import type { Preparation } from './prepare-run.ts';

/** The descriptor with more of its inputs marked as secret. */
export const withSecretInputs = (
  descriptor: Descriptor,
  secretInputs: ReadonlySet<string>,
): Descriptor =>
  secretInputs.size === 0
    ? descriptor
    : {
        ...descriptor,
        inputs: descriptor.inputs.map((input) =>
          secretInputs.has(input.id) ? { ...input, secret: true } : input,
        ),
      };

/** Inputs whose values a record masks. */
export const secretInputsOf = ({ parameters }: Pick<RunRecord, 'parameters'>): Set<string> =>
  new Set(parameters.filter(({ secret }) => secret).map(({ inputId }) => inputId));

/** What a record of this run will not hold and its start needs. Undefined: nothing. */
export function secretsOf({
  invocation,
  environment,
  created,
}: Preparation): RunSecrets | undefined {
  const values = invocation
    .filter(({ secret, source }) => secret && source !== 'default')
    .map(({ inputId, value }) => [inputId, value] as const);
  const variables = Object.entries(environment).filter(
    ([name]) => created.options.environment[name] === SECRET_MASK,
  );
  if (values.length + variables.length === 0) return undefined;
  return { values: Object.fromEntries(values), environment: Object.fromEntries(variables) };
}

/** What a record says of a run, with its secrets in their place where they are known. */
export interface UnmaskedRecord {
  /** None of them secret but those that are lost. */
  readonly parameters: readonly RecordedParameter[];
  readonly environment: Readonly<Record<string, string>>;
  /** Inputs that are secret, whatever the descriptor says. */
  readonly secretInputs: ReadonlySet<string>;
  /** Whether something secret was given of which there are only asterisks. */
  readonly isLost: boolean;
}

export function unmasked(
  { parameters, options }: Pick<RunRecord, 'parameters' | 'options'>,
  { values, environment }: RunSecrets = { values: {}, environment: {} },
): UnmaskedRecord {
  const known = parameters.map((parameter) =>
    parameter.secret && Object.hasOwn(values, parameter.inputId)
      ? {
          ...parameter,
          secret: false,
          value: values[parameter.inputId] as RecordedParameter['value'],
        }
      : parameter,
  );
  const variables = { ...options.environment, ...environment };
  return {
    parameters: known,
    environment: variables,
    secretInputs: secretInputsOf({ parameters }),
    isLost:
      known.some(({ secret, source }) => secret && source !== 'default') ||
      Object.values(variables).includes(SECRET_MASK),
  };
}
