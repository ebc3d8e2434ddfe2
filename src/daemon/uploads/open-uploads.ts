import { join } from 'node:path';

import type { Clock } from '../../base/clock.ts';
import { LIMITS } from '../../base/limits.ts';
import type { RunStore } from '../../store/index.ts';
import type { RunningSettings } from '../settings/running-settings.ts';
import { Uploads } from './uploads.ts';

interface OpenPorts {
  readonly store: RunStore;
  readonly settings: RunningSettings;
  readonly clock: Clock;
}

/** The uploads of a data folder, bounded as the settings say. */
export const openUploads = ({ store, settings, clock }: OpenPorts): Uploads =>
  new Uploads({
    store: store.server.uploads,
    folder: join(store.folder, 'uploads'),
    clock,
    rules: {
      get fileBytesMax() {
        return settings.values['serve.uploads.file'];
      },
      get ownerBytesMax() {
        return settings.values['serve.uploads.user'];
      },
      get keepMs() {
        return settings.values['serve.uploads.keep'];
      },
    },
  });

interface SweepPorts extends OpenPorts {
  readonly uploads: Uploads;
  readonly report: (error: unknown) => void;
}

/** Forgets what has expired, now and then, until `signal` fires. Never rejects. */
export async function sweepExpired(ports: SweepPorts, signal: AbortSignal): Promise<void> {
  const { store, uploads, clock, report } = ports;
  await uploads.removeStray().catch(report);
  while (!signal.aborted) {
    try {
      await uploads.removeExpired();
      store.server.audit.forgetOld();
    } catch (error) {
      report(error);
    }
    await clock.sleep(LIMITS.sweepMs, signal, 'background');
  }
}
