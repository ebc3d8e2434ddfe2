import type { QueueLimits, RunningRun, Wait } from './model.ts';

type Counted = Pick<RunningRun, 'submitter' | 'app' | 'batch'>;

/** How many runs run of each name, against the limits. */
export class Counts {
  readonly #limits: QueueLimits;
  readonly #submitters = new Map<string, number>();
  readonly #apps = new Map<string, number>();
  readonly #batches = new Map<string, number>();
  #altogether = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  add({ submitter, app, batch }: Counted): void {
    this.#altogether += 1;
    increase(this.#submitters, submitter);
    increase(this.#apps, app);
    if (batch !== undefined) increase(this.#batches, batch.id);
  }

  /** Whether no run at all may be added. */
  get isFull(): boolean {
    return this.#altogether >= (this.#limits.altogether ?? Infinity);
  }

  /** The first limit that one more such run would pass, if there is one. */
  limitReached({ submitter, app, batch }: Counted): Wait | undefined {
    const { altogether, perSubmitter, perApp, apps } = this.#limits;
    return (
      reached('queue-server-limit', '', this.#altogether, altogether) ??
      reached('queue-user-limit', submitter, this.#submitters.get(submitter), perSubmitter) ??
      reached('queue-app-limit', app, this.#apps.get(app), apps?.get(app) ?? perApp) ??
      (batch && reached('queue-batch-limit', batch.id, this.#batches.get(batch.id), batch.atOnce))
    );
  }
}

const increase = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
};

function reached(
  code: Extract<Wait, { readonly limit: number }>['code'],
  name: string,
  running = 0,
  limit = Infinity,
): Wait | undefined {
  return running < limit ? undefined : { code, name, running, limit };
}
