import { isPresent } from '../support/needs.ts';
import { slurmUnderTest } from '../support/slurm-engines.ts';
import { engineContractWith } from './contract.ts';
import { APPTAINERS_EXCEPTIONS, APPTAINERS_INSTEAD } from './contract/apptainers.ts';

const limitations = isPresent('slurm')
  ? async () => (await (await slurmUnderTest()).engine.info()).limitations
  : async () => Promise.resolve({});

await engineContractWith('slurm', 'slurm', async () => ({
  setUp: () => slurmUnderTest(),
  limitations: await limitations(),
  exceptions: APPTAINERS_EXCEPTIONS,
  instead: APPTAINERS_INSTEAD,
}));
