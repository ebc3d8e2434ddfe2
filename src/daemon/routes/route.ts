import type { FastifyInstance } from 'fastify';

import type { ServerContext } from '../context.ts';
import type { Executor } from '../executor.ts';

/** Adds routes below the API's root. */
export type Routes = (app: FastifyInstance, context: RouteContext) => void;

export interface RouteContext extends ServerContext {
  readonly executor: Executor;
}
