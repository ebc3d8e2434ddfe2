import { apptainerEngine } from '../../src/container/apptainer/index.ts';
import { isPresent } from '../support/needs.ts';
import { apptainerUnderTest } from '../support/supervised-engines.ts';
import { engineContractWith } from './contract.ts';
import { APPTAINERS_EXCEPTIONS, APPTAINERS_INSTEAD } from './contract/apptainers.ts';

const limitations = isPresent('apptainer')
  ? async () => (await apptainerEngine((await apptainerUnderTest()).options).info()).limitations
  : async () => Promise.resolve({});

await engineContractWith('apptainer', 'apptainer', async () => ({
  setUp: apptainerUnderTest,
  limitations: await limitations(),
  exceptions: APPTAINERS_EXCEPTIONS,
  instead: APPTAINERS_INSTEAD,
}));
