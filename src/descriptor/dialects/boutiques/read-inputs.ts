import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../json/value.ts';
import type { DescriptorInput, InputType, ListRule, ScalarValue } from '../../model.ts';
import { isSecretName } from '../../secrets.ts';
import { defaultValueOf, scalarDefault } from './default-value.ts';
import { idOr, itemsOf, numberAt, present, textOf, textsAt, truthOf } from './json-fields.ts';

/** The types of schema 0.5, in its order. */
export const BOUTIQUES_TYPES = [
  'String',
  'File',
  'Flag',
  'Number',
] as const satisfies readonly InputType[];

/** One input of the model from one item of `inputs`; what is missing or of a wrong kind is left out. */
export function readInput(
  json: JsonObject,
  pointer: string,
  markedSecrets: ReadonlySet<string>,
): DescriptorInput {
  const id = idOr(json, pointer);
  const type = BOUTIQUES_TYPES.find((known) => known === textOf(json, 'type')) ?? 'String';
  const list = listRule(json);
  const choices = choiceRules(json, type);
  return {
    id,
    name: textOf(json, 'name') ?? id,
    type,
    optional: truthOf(json, 'optional') ?? false,
    setByServer: false,
    serverParameter: false,
    secret: markedSecrets.has(id) || isSecretName(id),
    ...present({
      description: textOf(json, 'description'),
      valueKey: textOf(json, 'value-key'),
      commandLineFlag: textOf(json, 'command-line-flag'),
      commandLineFlagSeparator: textOf(json, 'command-line-flag-separator'),
      defaultValue: defaultValueOf(json.get('default-value'), type, {
        isList: list !== undefined,
        ...present({ choices: choices.valueChoices }),
      }),
      list,
      usesAbsolutePath: truthOf(json, 'uses-absolute-path'),
    }),
    ...numberRules(json),
    ...choices,
    ...present({
      requiresInputs: textsAt(json, 'requires-inputs'),
      disablesInputs: textsAt(json, 'disables-inputs'),
    }),
  };
}

function listRule(json: JsonObject): ListRule | undefined {
  if (truthOf(json, 'list') !== true) return undefined;
  return {
    separator: textOf(json, 'list-separator') ?? ' ',
    ...present({
      entriesMin: numberAt(json, 'min-list-entries')?.value,
      entriesMax: numberAt(json, 'max-list-entries')?.value,
    }),
  };
}

const numberRules = (json: JsonObject): Partial<DescriptorInput> =>
  present({
    integer: truthOf(json, 'integer'),
    minimum: numberAt(json, 'minimum'),
    maximum: numberAt(json, 'maximum'),
    exclusiveMinimum: truthOf(json, 'exclusive-minimum'),
    exclusiveMaximum: truthOf(json, 'exclusive-maximum'),
  });

const choiceRules = (json: JsonObject, type: InputType): Partial<DescriptorInput> =>
  present({
    valueChoices: isJsonArray(json.get('value-choices'))
      ? itemsOf(json, 'value-choices').flatMap((choice) => choiceOf(choice, type) ?? [])
      : undefined,
    valueRequires: idsByChoice(json.get('value-requires')),
    valueDisables: idsByChoice(json.get('value-disables')),
  });

/** A text among the choices of a Number, "auto" or "6", stays one: bosh takes it as a text only. */
const choiceOf = (choice: JsonValue, type: InputType): ScalarValue | undefined =>
  type === 'Number' && typeof choice === 'string' ? choice : scalarDefault(choice, type);

function idsByChoice(
  value: JsonValue | undefined,
): Readonly<Record<string, readonly string[]>> | undefined {
  if (!isJsonObject(value)) return undefined;
  return Object.fromEntries(
    [...value.keys()].map((choice) => [choice, textsAt(value, choice) ?? []]),
  );
}
