/** One installation: its configuration, its engines, and how a run is prepared by them. */
export { appOfImage, pinnedImage } from './app-of-image.ts';
export type { Caller } from './caller.ts';
export { assertInstalled, chooseEngine, enginesHere, type EngineChoice } from './choose-engine.ts';
export { chosenCluster } from './chosen-cluster.ts';
export { engineFor, mountParts } from './chosen-options.ts';
export type { Configuration } from './configuration.ts';
export type { ConfigurationFlags } from './configuration/entries.ts';
export {
  checkConfiguration,
  settingsError,
  writableFault,
  type CheckedConfiguration,
  type ConfigurationFinding,
  type SettingFault,
} from './configuration/check.ts';
export { readOver, type ReadAgain } from './configuration/reload.ts';
export { ConfigurationKeeper } from './configuration/keeper.ts';
export { SETTING_KEYS, SETTINGS } from './configuration/settings.ts';
export { configurationDocument, renderConfiguration } from './configuration/text.ts';
export { checkCrateSources } from './crate-sources.ts';
export { configurationFor, dataFolder, openDataFolder } from './data-folder.ts';
export {
  descriptorOf,
  readDescriptorFile,
  type DescriptorFile,
  type ReadOptions,
} from './descriptor-file.ts';
export { dryRunOf } from './dry-run.ts';
export { Engines, ENGINES } from './engines.ts';
export { valuesDoNotFit } from './invocation-faults.ts';
export { prepareRerun, recordedDescriptor, type RerunChanges } from './prepare-rerun.ts';
export { plannedRun } from './planned-run.ts';
export {
  checkFolderMode,
  foldersOf,
  prepareRun,
  recordedParameters,
  type Preparation,
} from './prepare-run.ts';
export { parseCount, parseCpus, parseDuration, parseSize } from './quantities.ts';
export { fileSystemId } from './file-system.ts';
export type { RunFlags } from './run-flags.ts';
export { readTextFile, textAt } from './text-file.ts';
export { gatherValues, valuesOfFlags } from './values.ts';
export { secretsOf, withSecretInputs } from './secret-inputs.ts';
export { runnerVersion, SCHEMAS_FOLDER, WEB_FOLDER } from './package-files.ts';
