import type { EngineInfo } from '../../src/container/index.ts';
import { isPresent } from '../support/needs.ts';
import { slurmUnderTest } from '../support/slurm-engines.ts';
import { engineContractWith } from './contract.ts';
import { APPTAINERS_EXCEPTIONS, APPTAINERS_INSTEAD } from './contract/apptainers.ts';
import { WHOLE_PROCESSORS } from './contract/limits.ts';

const limitations = async (): Promise<EngineInfo['limitations']> =>
  isPresent('slurm') ? (await (await slurmUnderTest()).engine.info()).limitations : {};

await engineContractWith('slurm', 'slurm', async () => {
  const declared = await limitations();
  // A cluster that binds no processors declares that, and nothing is to be seen.
  const binds = declared.cpus?.kept === 'partly';
  return {
    setUp: () => slurmUnderTest(),
    limitations: declared,
    exceptions: { ...APPTAINERS_EXCEPTIONS, ...(binds ? WHOLE_PROCESSORS.exceptions : {}) },
    instead: { ...APPTAINERS_INSTEAD, ...(binds ? WHOLE_PROCESSORS.instead : {}) },
  };
});
