import { AppCalls } from './app-calls.ts';
import { BatchCalls } from './batch-calls.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { RunCalls } from './run-calls.ts';
import type { ServiceInfo } from './types.ts';
import { UploadCalls } from './upload-calls.ts';

/** A cyto-run server, as a program uses it. */
export interface Client {
  /** Its address, as it was understood. */
  readonly url: string;
  readonly runs: RunCalls;
  readonly batches: BatchCalls;
  readonly apps: AppCalls;
  readonly uploads: UploadCalls;
  /** What the server is. */
  info(): Promise<ServiceInfo>;
}

/** A client of the server at an address; nothing is sent yet. Throws `usage` for what is no address. */
export function connect(options: ConnectionOptions): Client {
  const connection = new Connection(options);
  return {
    url: connection.url,
    runs: new RunCalls(connection),
    batches: new BatchCalls(connection),
    apps: new AppCalls(connection),
    uploads: new UploadCalls(connection),
    info: () => connection.json('GET', '/service-info'),
  };
}
