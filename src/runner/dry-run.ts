import type { ContainerLimits, EngineName, Mount } from '../container/index.ts';
import type { ExpectedOutput } from '../descriptor/index.ts';
import type { CreatedFacts, SchedulerOption, SecurityFacts } from './events.ts';

/** Everything that would be done, found without pulling, writing or starting anything. Secrets masked. */
export interface DryRun {
  readonly app: Pick<
    CreatedFacts['app'],
    'name' | 'version' | 'dialect' | 'descriptorPath' | 'descriptorSha256'
  >;
  readonly parameters: CreatedFacts['parameters'];
  readonly engine: {
    readonly name: EngineName;
    /** Why this engine, as a sentence without its full stop: `the only one that answers`. */
    readonly reason: string;
  };
  readonly image: {
    readonly reference: string;
    /** `unknown`: no engine was asked. */
    readonly present: boolean | 'unknown';
    readonly pull: CreatedFacts['options']['pull'];
    readonly build: boolean;
  };
  readonly command: {
    /** `image`: the image's ENTRYPOINT gets `argv` as its arguments. */
    readonly entrypoint: 'image' | 'replaced';
    readonly argv: readonly string[];
    /** Boutiques: what the shell is given. */
    readonly shellLine?: string;
    /** Files written into the working directory before the app starts. */
    readonly files: readonly string[];
  };
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly mounts: readonly Mount[];
  readonly limits: ContainerLimits & { readonly timeoutMs?: number; readonly stopGraceMs: number };
  /** What the scheduler of a cluster would be told beside the limits. */
  readonly cluster?: string;
  readonly scheduler: readonly SchedulerOption[];
  readonly security: SecurityFacts;
  readonly folders: CreatedFacts['folders'];
  readonly outputs: readonly ExpectedOutput[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}
