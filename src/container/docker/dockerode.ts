import Module, { createRequire } from 'node:module';

import type Dockerode from 'dockerode';

const require = createRequire(import.meta.url);

/**
 * dockerode, without loading what most runs never use: its gRPC session (only for BuildKit builds)
 * and its SSH client (only for `ssh://` hosts) take two thirds of the 150 ms that loading it costs,
 * more than creating a container does. Each is loaded when it is first called.
 */
export function loadDockerode(): typeof Dockerode {
  const entry = require.resolve('dockerode');
  postpone(entry, './session.js');
  postpone(entry, 'docker-modem/lib/ssh.js');
  return require(entry) as typeof Dockerode;
}

type Callable = (this: unknown, ...parameters: unknown[]) => unknown;

/** Puts a stand-in for a module that exports one function. Where the module has moved, it is loaded as ever. */
function postpone(from: string, name: string): void {
  const file = resolved(from, name);
  if (file === undefined || require.cache[file] !== undefined) return;
  const standIn = new Module(file);
  const exported: Callable = function (...parameters) {
    Reflect.deleteProperty(require.cache, file);
    return (require(file) as Callable).apply(this, parameters);
  };
  standIn.exports = exported;
  standIn.loaded = true;
  require.cache[file] = standIn;
}

function resolved(from: string, name: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}
