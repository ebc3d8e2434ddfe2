import type { Clock } from '../base/clock.ts';
import type { ConfigurationKeeper, Engines } from '../site/index.ts';
import type { RunStore } from '../store/index.ts';
import type { ActiveRuns } from './active-runs.ts';
import type { Feed } from './feed.ts';
import type { Dispatcher } from './queue/dispatcher.ts';
import type { RunningSettings } from './settings/running-settings.ts';
import type { Uploads } from './uploads/uploads.ts';
import type { UrlRules } from './url-inputs/url-rules.ts';

/** What every route may need. */
export interface ServerContext {
  readonly store: RunStore;
  readonly engines: Engines;
  readonly settings: RunningSettings;
  /** The configuration of each submission: its own options above what the files say by then. */
  readonly configurations: ConfigurationKeeper;
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
