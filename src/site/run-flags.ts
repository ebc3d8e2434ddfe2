type TextFlag =
  | 'invocation'
  | 'in'
  | 'out'
  | 'gt'
  | 'log-format'
  | 'memory'
  | 'cpus'
  | 'timeout'
  | 'stop-grace'
  | 'retries'
  | 'retry-memory'
  | 'gpus'
  | 'network'
  | 'user'
  | 'server'
  | 'engine'
  | 'cluster'
  | 'use-image'
  | 'pull'
  | 'dialect';

type RepeatableFlag = 'param' | 'server-param' | 'env' | 'mount' | 'scheduler';

type Switch =
  'dry-run' | 'json' | 'verbose' | 'quiet' | 'read-only' | 'no-read-only' | 'build' | 'lenient';

/**
 * What can be said of how one run is executed: the flags of `cyto-run run` by their names, and the
 * options of a run that is submitted to a server. Text as it is typed; lists where a flag can be
 * repeated.
 */
export type RunFlags = Readonly<
  Partial<Record<TextFlag, string>> &
    Partial<Record<RepeatableFlag, readonly string[]>> &
    Partial<Record<Switch, boolean>>
>;
