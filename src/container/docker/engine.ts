import type Dockerode from 'dockerode';

import { systemClock, type Clock } from '../../base/clock.ts';
import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type {
  AskedImageFile,
  ContainerEngine,
  ContainerListing,
  ContainerSpec,
  EngineInfo,
  EngineName,
  EngineVersion,
  ImageBuild,
  ImageFile,
  ImageRequest,
  PullProgress,
  ResolvedImage,
  StartedContainer,
} from '../engine.ts';
import { SingleFlight } from '../images/single-flight.ts';
import type { EnginePromise } from '../promises.ts';
import { buildImage } from './build.ts';
import { asking, connectionTo, type Connection } from './connection.ts';
import { DockerContainer, type DockerContainerFacts } from './container.ts';
import { podmanEndpoint, type DockerEndpoint } from './endpoint.ts';
import { DOCKER, PODMAN } from './flavour.ts';
import { isGone, lacksInit, startFailure } from './failures.ts';
import { fileOf, unstarted } from './image-file.ts';
import { resolveImage } from './image.ts';
import { engineInfo, engineVersion } from './info.ts';
import { inspectContainer } from './inspect-container.ts';
import { LABELS } from './labels.ts';
import { createInPodman } from './libpod.ts';
import { untilGone } from './modem.ts';
import { Patience, type Presence } from './patience.ts';
import { oomKills, PodmanContainer } from './podman-container.ts';
import { createRequest } from './request.ts';
import { phaseOf, startContainer } from './start.ts';

export interface DockerEngineOptions extends DockerEndpoint {
  /** For graces and retries; the system's unless a test moves time itself. */
  readonly clock?: Clock;
}

/**
 * Docker, or anything that speaks its API (1.41 and later). Connects where the docker
 * command would, unless told otherwise; nothing is loaded or opened before the first call.
 */
export function dockerEngine(options: DockerEngineOptions = {}): ContainerEngine {
  return new DockerEngine(connectionTo(options, DOCKER), options.clock ?? systemClock);
}

/**
 * Podman 4 and later, by the service that speaks Docker's API: where CONTAINER_HOST says, root's
 * socket or the user's own, unless told otherwise.
 */
export function podmanEngine(options: DockerEngineOptions = {}): ContainerEngine {
  const endpoint = { ...podmanEndpoint(process.env), ...options };
  return new DockerEngine(connectionTo(endpoint, PODMAN), options.clock ?? systemClock);
}

/** Kept or not as the kernel was built and booted. */
const KERNEL_PROMISES: readonly EnginePromise[] = ['memory', 'swap', 'cpus'];

class DockerEngine implements ContainerEngine {
  readonly name: EngineName;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #pulls = new SingleFlight<void, PullProgress>();
  /** Until the engine says that it has no init to give. */
  #init = true;
  /** DOCKER_HOST may name a Podman: it says so when it is asked for its version. */
  #isPodman: boolean;

  constructor(connection: Connection, clock: Clock) {
    this.name = connection.flavour.name;
    this.#isPodman = connection.flavour === PODMAN;
    this.#connection = connection;
    this.#clock = clock;
  }

  info(): Promise<EngineInfo> {
    return this.#answering((signal) => engineInfo(this.#connection, signal, this.#init));
  }

  /** Asked only where there is a limit: every kernel that these engines run on counts processes. */
  async limitationsOf(promises: readonly EnginePromise[]): Promise<EngineInfo['limitations']> {
    const dependsOnKernel = promises.some((promise) => KERNEL_PROMISES.includes(promise));
    return dependsOnKernel ? (await this.info()).limitations : {};
  }

  async version(): Promise<EngineVersion> {
    const version = await this.#answering((signal) => engineVersion(this.#connection, signal));
    this.#isPodman = version.name === 'podman';
    return version;
  }

  /** Asks what every engine answers at once: one that does not is not there. */
  async #answering<Answer>(ask: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const address = await this.#connection.address();
    using deadline = this.#clock.deadline(
      LIMITS.enginePingMs,
      () =>
        new RunnerError(
          'engine-unavailable',
          `the ${this.#connection.flavour.title} engine at ${address} does not answer`,
          {
            hint: `It took the connection but said nothing for ${LIMITS.enginePingMs / 1000} s: restart it.`,
            details: { address },
          },
        ),
    );
    return await ask(deadline.signal);
  }

  resolveImage(request: ImageRequest, signal: AbortSignal): Promise<ResolvedImage> {
    return resolveImage(this.#connection, this.#pulls, request, signal);
  }

  async readImageFile(asked: AskedImageFile, signal: AbortSignal): Promise<ImageFile> {
    const spec = unstarted(asked);
    try {
      return await asking(this.#connection, async (client) =>
        fileOf(await this.#create(client, spec), asked, signal),
      );
    } catch (error) {
      throw startFailure(error, spec);
    }
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

  /** Podman drops bytes of what it is attached to under load: there the log's file is read. */
  async #start(
    client: Dockerode,
    spec: ContainerSpec,
    signal: AbortSignal,
  ): Promise<StartedContainer> {
    const oomKillsBefore = this.#isPodman ? await oomKills() : undefined;
    const { container, attached } = await startContainer({
      client,
      spec,
      create: () => this.#create(client, spec),
      attaches: !this.#isPodman,
      patience: new Patience(this.#clock, this.#presence(client), {
        awayMs: LIMITS.engineLostMs,
        signal,
      }),
      clock: this.#clock,
      signal,
    });
    return this.#containerOf(client, container, {
      name: spec.name,
      id: container.id,
      phase: 'running',
      isNew: true,
      attached,
      oomKillsBefore,
    });
  }

  #presence(client: Dockerode): Presence {
    return {
      isThere: async () => {
        await (await this.#connection.knocking()).ping();
      },
      untilGone: (signal) => untilGone(client, signal),
    };
  }

  async #create(client: Dockerode, spec: ContainerSpec): Promise<Dockerode.Container> {
    if (!this.#isPodman) return client.createContainer(createRequest(spec, this.#init));
    const socketPath = await this.#connection.socketPath();
    return createInPodman(client, spec, { init: this.#init, socketPath });
  }

  #containerOf(
    client: Dockerode,
    container: Dockerode.Container,
    facts: DockerContainerFacts,
  ): StartedContainer {
    const clock = this.#clock;
    const bounds = { awayMs: LIMITS.engineAwayMs };
    const ports = { clock, patience: new Patience(clock, this.#presence(client), bounds) };
    return this.#isPodman
      ? new PodmanContainer(container, facts, ports)
      : new DockerContainer(container, facts, ports);
  }

  async find(name: string): Promise<StartedContainer | undefined> {
    try {
      return await asking(this.#connection, async (client) => {
        const container = client.getContainer(name);
        const found = await inspectContainer(container, this.#clock);
        const { Id: id, Name: fullName, State: state, Config: config } = found;
        // The engine also takes the beginning of an id for a name, and others name containers too.
        if (fullName.replace(/^\//, '') !== name) return undefined;
        if (config.Labels[LABELS.run] === undefined) return undefined;
        const facts = { name, id, phase: phaseOf(state) };
        return this.#containerOf(client, client.getContainer(id), facts);
      });
    } catch (error) {
      if (isGone(error)) return undefined;
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
