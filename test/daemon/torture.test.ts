import { beforeAll, expect } from 'vitest';

import { describeWith } from '../support/needs.ts';
import { probeImage } from '../support/probe-image.ts';
import { testOnSmallDisk } from '../support/small-disk.ts';
import { torture } from '../torture/torture.ts';

const KILLS = 60;

describeWith('docker', 'a server that is killed again and again', () => {
  beforeAll(probeImage, 300_000);

  testOnSmallDisk(
    `${KILLS} kills: each accepted run ends once, as its app did, and nothing is left over`,
    536_870_912,
    async (disk) => {
      const report = await torture({
        kills: KILLS,
        seed: 20_261_128,
        home: disk.path,
        fillsDisk: true,
        say: () => undefined,
      });
      expect(report.faults).toEqual([]);
      expect(report.runs).toBeGreaterThan(10);
    },
    1_800_000,
  );
});
