import { expandCommand } from '../descriptor/index.ts';
import {
  appPlaces,
  containerName,
  environmentOf,
  expansionFolders,
  imageReference,
  planContainer,
  runPlaces,
  securityFacts,
  withReachableFiles,
  type DryRun,
} from '../runner/index.ts';
import type { DescriptorFile } from './descriptor-file.ts';
import type { Preparation } from './prepare-run.ts';

/** Stands for the run's id in paths that only a real run has. */
const SOME_RUN = 'RUN';

/** What a run would do; nothing is asked, written or started. Secrets masked. */
export function dryRunOf(
  prepared: Preparation,
  { diagnostics }: Pick<DescriptorFile, 'diagnostics'>,
): DryRun {
  const { created, descriptor, invocation, inputs } = prepared;
  const { options, app } = created;
  const places = runPlaces(`<run folder of ${containerName(SOME_RUN, 1)}>`);
  const seen = appPlaces(options.engine, places, created.folders);
  const folders = expansionFolders(created.folders, seen);
  const command = expandCommand(
    descriptor,
    withReachableFiles(descriptor, invocation, created.callerFolder),
    { workingDirectory: seen.work, ...(folders === undefined ? {} : { folders }) },
  );
  const spec = planContainer({
    runId: SOME_RUN,
    attempt: 1,
    ownerLabel: '',
    command,
    options,
    environment: options.environment,
    inputs,
    folderMode: folders !== undefined,
    places,
    app: seen,
    image: { id: '' },
  });
  return {
    app: {
      name: app.name,
      ...(app.version === undefined ? {} : { version: app.version }),
      dialect: app.dialect,
      descriptorPath: app.descriptorPath,
      get descriptorSha256() {
        return app.descriptorSha256;
      },
    },
    parameters: created.parameters,
    engine: { name: options.engine, reason: options.engineReason ?? '' },
    image: {
      reference: imageReference(descriptor, options.imageOverride),
      present: 'unknown',
      pull: options.pull,
      build: options.build,
    },
    command: {
      entrypoint: command.entrypoint,
      argv: command.maskedArgv,
      ...(command.maskedShellLine === undefined ? {} : { shellLine: command.maskedShellLine }),
      files: command.files.map(({ path }) => path),
    },
    environment: environmentOf(command.maskedEnvironment, options.environment, seen),
    workingDirectory: spec.workingDirectory,
    mounts: spec.mounts,
    ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
    scheduler: options.scheduler ?? [],
    limits: {
      ...spec.limits,
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      stopGraceMs: options.stopGraceMs,
    },
    security: securityFacts(spec, options.engine),
    folders: created.folders,
    outputs: command.outputs,
    warnings: diagnostics
      .filter(({ strength }) => strength === 'warning')
      .map(({ code, message }) => ({ code, message })),
  };
}
