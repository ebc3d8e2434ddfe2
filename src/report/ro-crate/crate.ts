import { RunnerError } from '../../base/errors.ts';
import { isTerminal, type RunRecord } from '../../runner/index.ts';
import { appText } from '../text/words.ts';
import { runAction, usages } from './action.ts';
import { crateLayout, filesOf, type CrateFile, type CrateLayout } from './crate-files.ts';
import { inputData, outputData, textFile } from './data.ts';
import { crateTime, known, localId, ref, referring, refs, type Entity } from './entity.ts';
import type { CrateOptions } from './options.ts';
import { environmentVariable, formalInput, formalOutput, parameterValue } from './parameters.ts';
import { containerImage, tool } from './tool.ts';

/** A run as a crate: what to write, and what to copy beside it. */
export interface Crate {
  /** The content of `ro-crate-metadata.json`. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly files: readonly CrateFile[];
}

const PROFILE = {
  '@id': 'https://w3id.org/ro/wfrun/process/0.5',
  name: 'Process Run Crate',
  version: '0.5',
};

/**
 * A settled run as a Process Run Crate 0.5, complete or failed: its metadata, and the files that
 * belong beside it. Throws `run-active` for a run that has not ended.
 */
export function crateFiles(record: RunRecord, options: CrateOptions = {}): Crate {
  const layout = crateLayout(record, options);
  return { metadata: metadataOf(record, options, layout), files: filesOf(record, layout) };
}

/** The content of `ro-crate-metadata.json` alone. Throws `run-active`. */
export const roCrate = (record: RunRecord, options: CrateOptions = {}): Crate['metadata'] =>
  metadataOf(record, options, crateLayout(record, options));

function metadataOf(
  record: RunRecord,
  options: CrateOptions,
  layout: CrateLayout,
): Crate['metadata'] {
  if (!isTerminal(record.state))
    throw new RunnerError('run-active', `run ${record.runId} has not ended`, {
      hint: `Wait for it: cyto-run wait ${record.runId}`,
    });
  const descriptor = textFile(layout.descriptor, 'application/json', {
    sha256: record.app.descriptorSha256,
    description: `The descriptor (${record.app.dialect}) that the run was made from`,
  });
  const evidence = [
    textFile(layout.record, 'application/json', {
      description: 'Everything that is known of the run, as cyto-run recorded it',
    }),
    ...layout.logs.map(({ target, bytes }) =>
      textFile(target, 'text/plain', { contentSize: String(bytes) }),
    ),
  ];
  const inputs = layout.inputs.map(inputData);
  const outputs = layout.outputs.map(outputData);
  const formalInputs = formalInputsOf(record);
  const formalOutputs = unique(record.outputs.map(formalOutput));
  // A File parameter is the file itself.
  const values = record.parameters
    .filter(({ inputId }) => !record.inputs.some((input) => input.inputId === inputId))
    .map(parameterValue);
  const environment = Object.entries(record.container?.environment ?? {}).map(environmentVariable);
  const used = usages(record);
  const image = record.image === undefined ? [] : [containerImage(record.image)];
  const app = tool(record, { descriptor, inputs: formalInputs, outputs: formalOutputs });
  const organization = organizationOf(options);
  const agent = agentOf(record, options, organization);
  const license = licenseOf(options.license);
  const action = runAction(record, {
    tool: app,
    agent,
    objects: [...inputs, ...values, descriptor],
    results: outputs,
    image,
    environment,
    usages: used,
    evidence,
  });
  const included = [...inputs, ...outputs, descriptor, ...evidence];
  return {
    '@context': [
      'https://w3id.org/ro/crate/1.1/context',
      'https://w3id.org/ro/terms/workflow-run/context',
    ],
    '@graph': [
      ...headEntities(record, options, { action, agent, organization, license, included }),
      app,
      action,
      ...image,
      ...values,
      ...formalInputs,
      ...formalOutputs,
      ...environment,
      ...used,
      ...included,
      agent,
      ...organization,
      license,
    ],
  };
}

interface HeadParts {
  readonly action: Entity;
  readonly agent: Entity;
  readonly organization: readonly Entity[];
  readonly license: Entity;
  readonly included: readonly Entity[];
}

/** The metadata file, the crate itself, and the profile it follows. */
function headEntities(record: RunRecord, options: CrateOptions, parts: HeadParts): Entity[] {
  return [
    {
      '@id': 'ro-crate-metadata.json',
      '@type': 'CreativeWork',
      conformsTo: { '@id': 'https://w3id.org/ro/crate/1.1' },
      about: { '@id': './' },
    },
    {
      '@id': './',
      '@type': 'Dataset',
      conformsTo: ref(PROFILE),
      name: `Run ${record.runId} of ${appText(record.app)}`,
      description: descriptionOf(record),
      datePublished: crateTime(options.publishedAt ?? record.endedAt ?? record.updatedAt),
      author: ref(parts.agent),
      license: ref(parts.license),
      hasPart: refs(parts.included),
      mentions: ref(parts.action),
      ...referring('publisher', parts.organization),
    },
    { '@type': 'CreativeWork', ...PROFILE },
  ];
}

const descriptionOf = ({ app, state, host, rerunOf, runnerVersion }: RunRecord): string =>
  `One execution of the containerized app ${appText(app)} by cyto-run ${runnerVersion} on ${host}; it ended ${state}.${
    rerunOf === undefined ? '' : ` A repetition of run ${rerunOf}.`
  }`;

/** Parameters, and inputs that are no parameter, such as the folder of BIAFLOWS. */
const formalInputsOf = ({ parameters, inputs }: RunRecord): Entity[] =>
  unique([
    ...parameters.map(formalInput),
    ...inputs.map(({ inputId, kind }) =>
      formalInput({ inputId, type: kind === 'file' ? 'File' : 'Folder' }),
    ),
  ]);

/** The first of each id. */
const unique = (entities: readonly Entity[]): Entity[] =>
  [
    ...new Map(entities.toReversed().map((entity) => [entity['@id'], entity])).values(),
  ].toReversed();

const organizationOf = ({ organization }: CrateOptions): Entity[] =>
  organization === undefined
    ? []
    : [
        {
          '@id': organization.id ?? localId('organization', organization.name),
          '@type': 'Organization',
          name: organization.name,
          ...known({ url: organization.id }),
        },
      ];

function agentOf(
  { user, host }: RunRecord,
  { agent }: CrateOptions,
  organization: readonly Entity[],
): Entity {
  return {
    '@id': agent?.id ?? localId('agent', agent?.name ?? `${user}@${host}`),
    '@type': 'Person',
    name: agent?.name ?? user,
    ...referring('affiliation', organization),
  };
}

function licenseOf(license: string | undefined): Entity {
  if (license === undefined)
    return {
      '@id': '#license-not-stated',
      '@type': 'CreativeWork',
      name: 'No license stated',
      description: 'Who exported this crate stated no license: ask the author before using it.',
    };
  const isUrl = /^https?:\/\//.test(license);
  return {
    '@id': isUrl ? license : `https://spdx.org/licenses/${license}`,
    '@type': 'CreativeWork',
    ...known({ name: license, identifier: isUrl ? undefined : license }),
  };
}
