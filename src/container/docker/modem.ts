import type Dockerode from 'dockerode';

import { BrokenOff, isConnectionLoss } from './failures.ts';

/** What we use of docker-modem, which has no types. */
interface StreamModem {
  dial(
    options: unknown,
    callback: (error: Error | null, stream?: AsyncIterable<Uint8Array>) => void,
  ): void;
}

/**
 * The engine's answer as a stream. dockerode itself gathers answers in memory, and never tells of one
 * that broke off in the middle. `options` is the query of a `path` that ends with a question mark.
 */
export function answerOf(
  { modem }: Dockerode | Dockerode.Container,
  method: 'GET' | 'POST',
  path: string,
  more: { readonly options?: Record<string, unknown>; readonly abortSignal?: AbortSignal } = {},
): Promise<AsyncIterable<Uint8Array>> {
  const statusCodes = { 200: true, 404: 'no such container', 500: 'server error' };
  const options = { path, method, isStream: true, statusCodes, ...more };
  return new Promise((resolve, reject) => {
    (modem as StreamModem).dial(options, (error, stream) => {
      if (error === null && stream !== undefined) resolve(stream);
      else reject(error ?? new Error('the engine answered nothing'));
    });
  });
}

/**
 * Resolves when the container does not run: at once where it has ended. Asking again after a broken
 * connection is harmless.
 */
export async function untilNotRunning(container: Dockerode.Container): Promise<void> {
  let bytes = 0;
  const answer = await answerOf(container, 'POST', `/containers/${container.id}/wait`);
  for await (const chunk of answer) bytes += chunk.length;
  if (bytes === 0) throw new BrokenOff('the engine stopped waiting for the container');
}

/** Of these an engine has few to tell, and none that we would read. */
const RARE_EVENTS = { filters: { type: ['plugin'] } };

/** Resolves when the engine ends an answer that it would never end by itself; never after `signal`. */
export async function untilGone(client: Dockerode, signal: AbortSignal): Promise<void> {
  try {
    const more = { options: RARE_EVENTS, abortSignal: signal };
    const answer = await answerOf(client, 'GET', '/events?', more);
    for await (const chunk of answer) if (chunk.length === 0) continue;
  } catch (error) {
    // Who refuses to tell of events is there.
    if (!isConnectionLoss(error)) return never();
  }
  return signal.aborted ? never() : undefined;
}

const never = (): Promise<never> => new Promise(() => undefined);
