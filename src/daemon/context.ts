import type { Clock } from '../base/clock.ts';
import type { Configuration, Engines } from '../site/index.ts';
import type { RunStore } from '../store/index.ts';
import type { ActiveRuns } from './active-runs.ts';
import type { Feed } from './feed.ts';
import type { Dispatcher } from './queue/dispatcher.ts';
import type { Uploads } from './uploads/uploads.ts';
import type { UrlRules } from './url-inputs/url-rules.ts';

/** What every route may need. */
export interface ServerContext {
  readonly store: RunStore;
  readonly engines: Engines;
  readonly configuration: Configuration;
  /** Where configuration files of the project were looked for. */
  readonly configurationFolder: string;
  readonly clock: Clock;
  readonly feed: Feed;
  readonly active: ActiveRuns;
  readonly dispatcher: Dispatcher;
  readonly uploads: Uploads;
  /** What is fetched, and from where. */
  readonly urls: UrlRules;
  readonly version: string;
  /** Fires when the server begins to stop: whoever streams ends. */
  readonly stopping: AbortSignal;
}
