import {
  messageOf,
  RunnerError,
  systemCodeOf,
  type RunnerErrorOptions,
} from '../../base/errors.ts';
import type { ContainerSpec } from '../engine.ts';
import { DOCKER } from './flavour.ts';

/** What dockerode throws when the engine answers with an error. */
interface EngineAnswer extends Error {
  readonly statusCode: number;
  readonly json?: { readonly message?: string };
}

/** The HTTP status of an engine's error answer, if it is one. */
export const statusOf = (error: unknown): number | undefined =>
  isEngineAnswer(error) ? error.statusCode : undefined;

const isEngineAnswer = (error: unknown): error is EngineAnswer =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';

/** The engine's own sentence, without what the client puts around it. */
export function engineMessage(error: unknown): string {
  if (isEngineAnswer(error) && typeof error.json?.message === 'string') return error.json.message;
  return messageOf(error)
    .replace(/^\(HTTP code \d+\) [^-]*- /, '')
    .trim();
}

/** No such container: Podman calls one an error of its own when it goes while it is looked at. */
export const isGone = (error: unknown): boolean =>
  statusOf(error) === 404 ||
  (statusOf(error) === 500 && /no such container/i.test(engineMessage(error)));

/** What cannot be told to a container that has ended: with 409 in Docker, 500 in old ones and in Podman. */
export const hasEndedAlready = (error: unknown): boolean =>
  statusOf(error) !== undefined && (isGone(error) || ENDED_ALREADY.test(engineMessage(error)));

const ENDED_ALREADY =
  /not running|can only kill running|state improper|no such process|no container/i;

/** The engine cannot be reached, or was until just now: nothing is known of what was asked. */
export const isConnectionLoss = (error: unknown): boolean =>
  error instanceof BrokenOff ||
  (statusOf(error) === undefined && CONNECTION_CODES.has(systemCodeOf(error) ?? ''));

const CONNECTION_CODES = new Set([
  'ENOENT',
  'ECONNREFUSED',
  'EACCES',
  'EPERM',
  'ENOTSOCK',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** An answer of the engine ended where it cannot end. */
export class BrokenOff extends RunnerError {
  constructor(message: string) {
    super('engine-lost', message);
  }
}

/** The engine could not be reached at `address`. */
export function engineUnavailable(
  cause: unknown,
  address: string,
  { title, startHint, permissionHint } = DOCKER,
): RunnerError {
  const code = systemCodeOf(cause);
  const details = { address, ...(code === undefined ? {} : { code }) };
  if (code === 'EACCES' || code === 'EPERM')
    return new RunnerError(
      'engine-unavailable',
      `no permission on the ${title} socket ${address}`,
      {
        cause,
        details,
        hint: permissionHint,
      },
    );
  return new RunnerError(
    'engine-unavailable',
    code === 'ENOENT' || code === 'ECONNREFUSED'
      ? `no ${title} engine answers at ${address}`
      : `the ${title} engine at ${address} cannot be reached: ${messageOf(cause)}`,
    {
      cause,
      details,
      hint: startHint,
    },
  );
}

type Rule = readonly [
  pattern: RegExp,
  failure: (said: string, spec: ContainerSpec, options: RunnerErrorOptions) => RunnerError,
];

/** What an engine says when it cannot create or start a container → what that means. First match wins. */
const START_FAILURES: readonly Rule[] = [
  [
    /could not select device driver|nvidia-container-cli|unresolvable CDI devices|nvidia\.com\/gpu/i,
    (said, _spec, options) =>
      new RunnerError('gpu-unavailable', `the engine has no GPU to give: ${said}`, {
        ...options,
        hint: 'Install the NVIDIA driver and container toolkit on this machine, or run without --gpus.',
      }),
  ],
  [
    /no such image|image not known/i,
    (_said, spec, options) =>
      new RunnerError(
        'image-not-found',
        `the image ${spec.image} is gone from the engine`,
        options,
      ),
  ],
  [
    /is already in use/i,
    (_said, spec, options) =>
      new RunnerError('engine-refused', `there is already a container named ${spec.name}`, {
        ...options,
        hint: 'It was started for this same run and attempt: look at it, or remove it first.',
      }),
  ],
  [
    /(bind source path does not exist|bind mount source path does not exist|statfs .*no such file)/i,
    (said, _spec, options) =>
      new RunnerError('engine-refused', `a mount cannot be made: ${said}`, {
        ...options,
        hint: 'The engine sees another file system than this program does (a remote engine, or Docker Desktop without that folder shared).',
      }),
  ],
  [
    /executable file not found|exec:? .*no such file or directory|exec .*: not found/i,
    (_said, spec, options) => programMissing(spec, 127, options),
  ],
  [
    /exec:? .*(permission denied|exec format error|is a directory)/i,
    (_said, spec, options) => programMissing(spec, 126, options),
  ],
  [
    /range of cpus is from|minimum memory limit allowed/i,
    (said, _spec, options) =>
      new RunnerError(
        'promise-not-kept',
        `the limit that was asked for is none this engine can set: ${said}`,
        { ...options, hint: 'Ask for another with --cpus or --memory, or for none.' },
      ),
  ],
  [
    /no space left on device/i,
    (said, _spec, options) =>
      new RunnerError('disk-full', `the engine's disk is full: ${said}`, options),
  ],
];

/** What a failed create or start means. An error that is none of the engine's stays what it is. */
export function startFailure(error: unknown, spec: ContainerSpec): unknown {
  if (!isEngineAnswer(error)) return error;
  const said = engineMessage(error);
  const options: RunnerErrorOptions = { cause: error, details: { engine: said } };
  for (const [pattern, failure] of START_FAILURES)
    if (pattern.test(said)) return failure(said, spec, options);
  return new RunnerError('engine-refused', `the engine refused the container: ${said}`, options);
}

function programMissing(
  spec: ContainerSpec,
  exitCode: 126 | 127,
  options: RunnerErrorOptions,
): RunnerError {
  const program =
    spec.entrypoint === 'replaced' ? `"${spec.argv[0] ?? ''}"` : "the image's entrypoint";
  return new RunnerError(
    'app-exit',
    exitCode === 127
      ? `${program} is not in the image or not on its PATH`
      : `${program} is in the image but cannot be executed`,
    {
      ...options,
      hint: 'Look into the image: is the program there, executable, and built for this processor?',
      details: { ...options.details, exitCode },
    },
  );
}

/** The engine cannot put an init process before the app; asked again without, it will start. */
export const lacksInit = (error: unknown): boolean =>
  isEngineAnswer(error) &&
  /docker-init|container-init|init binary|catatonit/i.test(engineMessage(error));
