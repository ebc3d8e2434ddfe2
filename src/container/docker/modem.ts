import type Dockerode from 'dockerode';

import { BrokenOff } from './failures.ts';

/** What we use of docker-modem, which has no types. */
interface StreamModem {
  dial(
    options: unknown,
    callback: (error: Error | null, stream?: AsyncIterable<Uint8Array>) => void,
  ): void;
}

/**
 * The engine's answer as a stream. dockerode itself gathers answers in memory, and never tells of one
 * that broke off in the middle.
 */
export function answerOf(
  { modem }: Dockerode.Container,
  method: 'GET' | 'POST',
  path: string,
): Promise<AsyncIterable<Uint8Array>> {
  const statusCodes = { 200: true, 404: 'no such container', 500: 'server error' };
  return new Promise((resolve, reject) => {
    (modem as StreamModem).dial({ path, method, isStream: true, statusCodes }, (error, stream) => {
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
