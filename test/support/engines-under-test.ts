import { dockerEngine } from '../../src/container/docker/index.ts';
import type { EngineUnderTest } from '../container/contract/subject.ts';
import { probeImage } from './probe-image.ts';

/** The real Docker engine, with the probe's image. */
export const dockerUnderTest = async (): Promise<EngineUnderTest> => ({
  engine: dockerEngine(),
  another: () => dockerEngine(),
  opener: {
    module: import.meta.resolve('../../src/container/docker/index.ts'),
    export: 'dockerEngine',
  },
  image: await probeImage(),
});
