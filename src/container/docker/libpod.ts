import { stat } from 'node:fs/promises';

import type Dockerode from 'dockerode';

import type { ContainerSpec } from '../engine.ts';
import { libpodRequest } from './libpod-request.ts';

/** What we use of docker-modem, which has no types. */
interface Modem {
  dial(options: unknown, callback: (error: Error | null, answer?: { Id: string }) => void): void;
}

/** Every Podman 4 and 5 answers to this version of its own API. */
const PATH = '/v4.0.0/libpod/containers/create';

/** Has Podman create a container, in its own language. Throws as dockerode does. */
export async function createInPodman(
  client: Dockerode,
  spec: ContainerSpec,
  { init, socketPath }: { readonly init: boolean; readonly socketPath: string | undefined },
): Promise<Dockerode.Container> {
  const rootlessUid = await ownerOf(socketPath);
  const modem = client.modem as Modem;
  const { Id: id } = await new Promise<{ Id: string }>((resolve, reject) => {
    modem.dial(
      {
        path: PATH,
        method: 'POST',
        options: {
          _query: {},
          _body: libpodRequest(spec, {
            init,
            ...(rootlessUid === undefined ? {} : { rootlessUid }),
          }),
        },
        statusCodes: {
          201: true,
          400: 'bad parameter',
          404: 'no such image',
          409: 'conflict',
          500: 'server error',
        },
      },
      (error, answer) => {
        if (error === null && answer !== undefined) resolve(answer);
        else reject(error ?? new Error('Podman answered nothing'));
      },
    );
  });
  return client.getContainer(id);
}

/** Whose Podman it is: undefined for root's, and for one that is not on this machine. */
async function ownerOf(socketPath: string | undefined): Promise<number | undefined> {
  if (socketPath === undefined) return undefined;
  const { uid } = await stat(socketPath);
  return uid === 0 ? undefined : uid;
}
