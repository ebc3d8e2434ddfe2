import type Dockerode from 'dockerode';

import { systemClock, type Clock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type {
  ContainerEngine,
  ContainerListing,
  ContainerSpec,
  EngineInfo,
  EngineVersion,
  ImageBuild,
  ImageRequest,
  PullProgress,
  ResolvedImage,
  StartedContainer,
} from '../engine.ts';
import { SingleFlight } from '../images/single-flight.ts';
import { buildImage } from './build.ts';
import { asking, connectionTo, type Connection } from './connection.ts';
import { DockerContainer, removeContainer, type FrameStream } from './container.ts';
import type { DockerEndpoint } from './endpoint.ts';
import { lacksInit, startFailure, statusOf } from './failures.ts';
import { resolveImage } from './image.ts';
import { engineInfo, engineVersion } from './info.ts';
import { LABELS } from './labels.ts';
import { createRequest } from './request.ts';

export interface DockerEngineOptions extends DockerEndpoint {
  /** For graces and retries; the system's unless a test moves time itself. */
  readonly clock?: Clock;
}

/**
 * Docker, or anything that speaks its API (1.41 and later; Podman). Connects where the docker
 * command would, unless told otherwise; nothing is loaded or opened before the first call.
 */
export function dockerEngine(options: DockerEngineOptions = {}): ContainerEngine {
  return new DockerEngine(connectionTo(options), options.clock ?? systemClock);
}

class DockerEngine implements ContainerEngine {
  readonly name = 'docker';
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #pulls = new SingleFlight<void, PullProgress>();
  /** Until the engine says that it has no init to give. */
  #init = true;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  info(): Promise<EngineInfo> {
    return this.#answering((signal) => engineInfo(this.#connection, signal, this.#init));
  }

  version(): Promise<EngineVersion> {
    return this.#answering((signal) => engineVersion(this.#connection, signal));
  }

  /** Asks what every engine answers at once: one that does not is not there. */
  async #answering<Answer>(ask: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const address = await this.#connection.address();
    using deadline = this.#clock.deadline(
      LIMITS.enginePingMs,
      () =>
        new RunnerError('engine-unavailable', `the Docker engine at ${address} does not answer`, {
          hint: `It took the connection but said nothing for ${LIMITS.enginePingMs / 1000} s: restart it.`,
          details: { address },
        }),
    );
    return await ask(deadline.signal);
  }

  resolveImage(request: ImageRequest, signal: AbortSignal): Promise<ResolvedImage> {
    return resolveImage(this.#connection, this.#pulls, request, signal);
  }

  buildImage(request: ImageBuild, signal: AbortSignal): Promise<void> {
    return asking(this.#connection, (client) => buildImage(client, request, signal));
  }

  async start(spec: ContainerSpec, signal: AbortSignal): Promise<StartedContainer> {
    signal.throwIfAborted();
    const init = this.#init;
    try {
      return await asking(this.#connection, (client) => this.#start(client, spec, signal));
    } catch (error) {
      if (!init || !lacksInit(error)) throw startFailure(error, spec);
      this.#init = false;
      return this.start(spec, signal);
    }
  }

  /** Create, attach, start. What was created is removed when any of it fails. */
  async #start(
    client: Dockerode,
    spec: ContainerSpec,
    signal: AbortSignal,
  ): Promise<StartedContainer> {
    const container = await client.createContainer(createRequest(spec, this.#init));
    try {
      signal.throwIfAborted();
      const attached = (await container.attach({
        stream: true,
        stdout: true,
        stderr: true,
        hijack: true,
      })) as unknown as FrameStream;
      await container.start();
      return new DockerContainer(
        container,
        { name: spec.name, id: container.id, phase: 'running', attached },
        this.#clock,
      );
    } catch (error) {
      await removeContainer(container);
      throw error;
    }
  }

  async find(name: string): Promise<StartedContainer | undefined> {
    try {
      return await asking(this.#connection, async (client) => {
        const container = client.getContainer(name);
        const { Id: id, Name: fullName, State: state, Config: config } = await container.inspect();
        // The engine also takes the beginning of an id for a name, and others name containers too.
        if (fullName.replace(/^\//, '') !== name) return undefined;
        if (config.Labels[LABELS.run] === undefined) return undefined;
        return new DockerContainer(
          client.getContainer(id),
          { name, id, phase: phaseOf(state) },
          this.#clock,
        );
      });
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  async list(ownerLabel: string): Promise<readonly ContainerListing[]> {
    const containers = await asking(this.#connection, (client) =>
      client.listContainers({
        all: true,
        filters: { label: [`${LABELS.owner}=${ownerLabel}`] },
      }),
    );
    return containers.map(({ Names: [name = ''], Labels: labels, State: state }) => ({
      name: name.replace(/^\//, ''),
      runId: labels[LABELS.run] ?? '',
      attempt: Number(labels[LABELS.attempt]),
      running: state === 'running' || state === 'paused',
    }));
  }
}

/** An engine that died while it started one leaves it `created`, with an exit code. */
function phaseOf(state: Dockerode.ContainerInspectInfo['State']): StartedContainer['phase'] {
  if (state.Running) return 'running';
  return state.Status === 'created' || state.Status === 'initialized' ? 'created' : 'exited';
}
