import { expect } from 'vitest';

import { describeWith } from '../support/needs.ts';
import { ownDocker } from '../support/own-docker.ts';
import { testOnSmallDisk } from '../support/small-disk.ts';
import { torture } from '../torture/torture.ts';

const KILLS = 60;

describeWith('own-docker', 'a server that is killed again and again', () => {
  testOnSmallDisk(
    `${KILLS} kills: each accepted run ends once, as its app did, and nothing is left over`,
    536_870_912,
    async (disk) => {
      await using docker = await ownDocker({ liveRestore: true });
      const report = await torture({
        kills: KILLS,
        seed: 20_261_128,
        home: disk.path,
        fillsDisk: true,
        docker,
        say: () => undefined,
      });
      expect(report.faults).toEqual([]);
      expect(report.runs).toBeGreaterThan(10);
    },
    1_800_000,
  );
});
