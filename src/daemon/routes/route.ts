import type { FastifyInstance } from 'fastify';

import type { SweepReport } from '../../site/retention/index.ts';
import type { ServerContext } from '../context.ts';
import type { Executor } from '../executor.ts';
import type { OutwardPost } from '../webhooks/index.ts';

/** Adds routes below the API's root. */
export type Routes = (app: FastifyInstance, context: RouteContext) => void;

export interface RouteContext extends ServerContext {
  readonly executor: Executor;
  /** The way to other machines that webhooks take. */
  readonly outward: OutwardPost;
  /** There is something new to be told. */
  readonly wakeWebhooks: () => void;
  /** Removes what is not kept, or says what that would be. */
  readonly sweep: (dryRun: boolean) => Promise<SweepReport>;
}
