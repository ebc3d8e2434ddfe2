import type { FastifyInstance } from 'fastify';

import { OPTIONS_SCHEMA } from '../submitted-options.ts';
import { APP_SCHEMAS, appChangeRoutes, appRoutes } from './apps.ts';
import { allEventRoutes } from './all-events.ts';
import { BATCH_SCHEMAS } from './batch-schemas.ts';
import { batchItemRoutes, batchRoutes, batchSteerRoutes, batchSubmitRoutes } from './batches.ts';
import { COMMAND_SCHEMA, commandRoutes } from './command.ts';
import { crateRoutes } from './crate.ts';
import { auditRoutes, AUDIT_SCHEMAS } from './audit.ts';
import { FILE_SCHEMAS, inputRoutes, outputRoutes } from './files.ts';
import { LIMITS_SCHEMA, limitRoutes } from './limits.ts';
import { logRoutes } from './logs.ts';
import { queueRoutes } from './queue.ts';
import { registerRoutes } from './register-app.ts';
import { RERUN_SCHEMAS, rerunRoutes } from './rerun.ts';
import type { RouteContext, Routes } from './route.ts';
import { RUN_SCHEMAS } from './run-schemas.ts';
import { listRoutes, runRoutes } from './runs.ts';
import { secretRoutes, SECRET_SCHEMAS } from './secrets.ts';
import { serviceRoutes, SERVICE_SCHEMAS } from './service.ts';
import { steerRoutes } from './steer.ts';
import { streamRoutes } from './stream.ts';
import { submitRoutes } from './submit.ts';
import { tokenRoutes, TOKEN_SCHEMAS } from './tokens.ts';
import { uploadRoutes, UPLOAD_SCHEMAS } from './uploads.ts';
import { sweepRoutes } from './sweep.ts';
import { WEBHOOK_SCHEMAS } from './webhook-schemas.ts';
import {
  messageRoutes,
  replayRoutes,
  webhookChangeRoutes,
  webhookRoutes,
  webhookTestRoutes,
} from './webhooks.ts';

const SCHEMAS = [
  OPTIONS_SCHEMA,
  ...RUN_SCHEMAS,
  ...APP_SCHEMAS,
  COMMAND_SCHEMA,
  ...RERUN_SCHEMAS,
  LIMITS_SCHEMA,
  ...FILE_SCHEMAS,
  ...BATCH_SCHEMAS,
  ...SERVICE_SCHEMAS,
  ...UPLOAD_SCHEMAS,
  ...TOKEN_SCHEMAS,
  ...SECRET_SCHEMAS,
  ...AUDIT_SCHEMAS,
  ...WEBHOOK_SCHEMAS,
];

const ROUTES: readonly Routes[] = [
  serviceRoutes,
  limitRoutes,
  registerRoutes,
  appRoutes,
  appChangeRoutes,
  submitRoutes,
  listRoutes,
  runRoutes,
  steerRoutes,
  queueRoutes,
  streamRoutes,
  logRoutes,
  outputRoutes,
  inputRoutes,
  commandRoutes,
  rerunRoutes,
  crateRoutes,
  uploadRoutes,
  tokenRoutes,
  secretRoutes,
  auditRoutes,
  batchRoutes,
  batchItemRoutes,
  batchSubmitRoutes,
  batchSteerRoutes,
  allEventRoutes,
  webhookRoutes,
  webhookChangeRoutes,
  webhookTestRoutes,
  messageRoutes,
  replayRoutes,
  sweepRoutes,
];

/** Every route below the API's root. */
export function addRoutes(app: FastifyInstance, context: RouteContext): void {
  for (const schema of SCHEMAS) app.addSchema(schema);
  for (const routes of ROUTES) routes(app, context);
}
