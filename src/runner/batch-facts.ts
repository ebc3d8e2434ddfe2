import type { CreatedFacts } from './events.ts';

/** Many runs of one app that are asked for together. Its items are runs, which know their batch. */
export interface BatchFacts {
  readonly app: Pick<
    CreatedFacts['app'],
    'name' | 'version' | 'descriptorPath' | 'descriptorSha256'
  >;
  /** Where the items came from, as the user gave it. */
  readonly source: string;
  readonly items: number;
  /** Where each item has a folder of its own; absolute. */
  readonly outFolder?: string;
  /** Of the caller: relative values are taken from here. */
  readonly callerFolder: string;
  readonly runnerVersion: string;
  readonly host: string;
  readonly user: string;
  /** Who submitted it to a server. */
  readonly submitter?: string;
}
