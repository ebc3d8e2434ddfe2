import type { InvocationValue } from '../../descriptor/index.ts';
import type { OutputFacts, RecordedParameter } from '../../runner/index.ts';
import { known, localId, ref, type Entity } from './entity.ts';

/** Input types of a descriptor in schema.org's words; what is not listed is text. */
const TYPE_OF: Readonly<Record<string, string>> = {
  Number: 'Number',
  Folder: 'Dataset',
  Flag: 'Boolean',
  Boolean: 'Boolean',
  File: 'File',
  Date: 'DateTime',
};

const CONFORMS_TO = { '@id': 'https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE' };

/** What the app can be given, one for each recorded parameter (Workflow Run RO-Crate, section FormalParameter). */
export const formalInput = ({
  inputId,
  type,
}: Pick<RecordedParameter, 'inputId' | 'type'>): Entity => ({
  '@id': localId('input', inputId),
  '@type': 'FormalParameter',
  name: inputId,
  additionalType: TYPE_OF[type] ?? 'Text',
  conformsTo: CONFORMS_TO,
});

/** What the app leaves, one for each output that the descriptor declares. */
export const formalOutput = ({
  outputId,
  kind,
}: Pick<OutputFacts, 'outputId' | 'kind'>): Entity => ({
  '@id': localId('output', outputId),
  '@type': 'FormalParameter',
  name: outputId,
  additionalType: kind === 'file' ? 'File' : 'Dataset',
  conformsTo: CONFORMS_TO,
});

/** The value of one parameter; secrets were masked when they were recorded. */
export const parameterValue = (parameter: RecordedParameter): Entity => ({
  '@id': localId('param', parameter.inputId),
  '@type': 'PropertyValue',
  name: parameter.inputId,
  value: plain(parameter.value),
  description: `value from the ${parameter.source}`,
  exampleOfWork: ref(formalInput(parameter)),
});

const plain = (value: InvocationValue): string | string[] => {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if ('kind' in value) return value.text;
  return value.flatMap(plain);
};

/** An environment variable the app saw. */
export const environmentVariable = ([name, value]: readonly [string, string]): Entity => ({
  '@id': localId('env', name),
  '@type': 'PropertyValue',
  name,
  value,
});

export interface Usage {
  readonly name: string;
  readonly value: number | undefined;
  /** Where the quantity is defined. */
  readonly propertyId: string;
  readonly unit: 'BYTE' | 'SEC';
}

/** A resource the run used, if it was measured. */
export function usage({ name, value, propertyId, unit }: Usage): Entity[] {
  if (value === undefined) return [];
  return [
    {
      '@id': localId('usage', name.replaceAll(' ', '-')),
      '@type': 'PropertyValue',
      ...known({
        name,
        propertyID: propertyId,
        unitCode: `https://qudt.org/vocab/unit/${unit}`,
        value: String(value),
      }),
    },
  ];
}
