import { RunnerError } from '../../base/errors.ts';
import type { RunOptions } from '../../runner/index.ts';
import { isAdmin, type Principal } from '../http/principal.ts';

/**
 * Refuses ways of running that reach beyond the run to whoever submits and does not run the server: a
 * program without a container is this server's own user, and can read all that it keeps. Throws
 * `forbidden`.
 */
export function assertOptionsAllowed(options: RunOptions, principal: Principal): void {
  if (isAdmin(principal)) return;
  const { engine, network, user } = options;
  if (engine === 'process') throw forbidden('the engine process, which isolates nothing');
  if (network === 'host') throw forbidden('the network of the server itself (host)');
  if (user === 'image' || user.uid !== process.getuid?.() || user.gid !== process.getgid?.())
    throw forbidden('another user than the server’s (user)');
}

/** `NAME` without a value would pass on the server's own variable. Throws `request-invalid`. */
export function assertVariablesGiven(env: readonly string[]): void {
  const bare = env.find((pair) => !/^[^=]+=/.test(pair));
  if (bare !== undefined)
    throw new RunnerError('request-invalid', `env: ${JSON.stringify(bare)} is not NAME=value`, {
      hint: 'The server passes none of its own variables on: give the value.',
    });
}

const forbidden = (what: string): RunnerError =>
  new RunnerError('forbidden', `only an administrator may use ${what}`, {
    hint: 'Leave the option out, or ask who runs the server.',
  });
