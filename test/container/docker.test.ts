import { dockerEngine } from '../../src/container/docker/index.ts';
import { describeWith } from '../support/needs.ts';
import { probeImage } from '../support/probe-image.ts';
import { engineContract } from './contract.ts';

describeWith('docker', 'a real Docker engine', () => {
  engineContract(
    'docker',
    async () => ({
      engine: dockerEngine(),
      another: () => dockerEngine(),
      image: await probeImage(),
    }),
    ['lifecycle', 'program', 'isolation', 'log-copy'],
  );
});
