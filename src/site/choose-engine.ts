import { RunnerError } from '../base/errors.ts';
import {
  LOOKS,
  missingEngine,
  type EngineLook,
  type EngineName,
  type Environment,
} from '../container/index.ts';
import type { ContainerImage, Dialect } from '../descriptor/index.ts';
import { sourceText, type Source } from './configuration/source.ts';
import { ENGINES } from './engines.ts';

export interface EngineChoice {
  readonly name: EngineName;
  /** Why this one, as a sentence without its full stop. */
  readonly reason: string;
}

export interface EngineQuestion {
  /** By the person or the configuration; nothing else is looked at then. */
  readonly asked?: { readonly name: EngineName; readonly source: Source };
  /** What is to be run, where it is an image at all. */
  readonly image?: Pick<ContainerImage, 'type' | 'image'> & { readonly dialect: Dialect };
  readonly env: Environment;
  /** How an engine is looked for; at this machine, unless a test moves it. */
  readonly look?: (name: EngineName) => EngineLook;
}

/**
 * Which engine runs an image: the one that was asked for, else the first that suits the image and is
 * there. `process`, which isolates nothing, only when asked. Where none is there, the first that
 * suits: asked to run something, it tells what is missing.
 */
export function chooseEngine(question: EngineQuestion): EngineChoice {
  const { asked, image, env } = question;
  if (asked !== undefined) return { name: asked.name, reason: reasonAsked(asked.source) };
  const looked = lookingOnce(question.look ?? ((name: EngineName) => LOOKS[name](env)));
  const suiting = suitingEngines(image, looked, env);
  const chosen = suiting.find((name) => looked(name).there);
  if (chosen === undefined)
    return {
      name: suiting[0] ?? 'docker',
      reason: 'no engine was found here; this is the usual one',
    };
  return { name: chosen, reason: reasonFound(chosen, { image, suiting, look: looked }) };
}

/** Engines that are there and could be used in place of `instead`, for hints. */
export const enginesHere = (env: Environment, instead?: EngineName): readonly EngineName[] =>
  ENGINES.filter((name) => name !== 'process' && name !== instead && LOOKS[name](env).there);

/** Throws `engine-unavailable` for an engine that is not installed here; one that is stopped may come back. */
export function assertInstalled(name: EngineName, env: Environment): void {
  const missing = missingEngine(name, env);
  if (missing !== undefined)
    throw new RunnerError('engine-unavailable', `${name} is not installed here: ${missing.why}`, {
      hint: missing.hint,
      details: { engine: name },
    });
}

type Look = (name: EngineName) => EngineLook;

/** Each engine is looked for once, and only when it matters. */
function lookingOnce(look: Look): Look {
  const seen = new Map<EngineName, EngineLook>();
  return (name) => {
    const found = seen.get(name) ?? look(name);
    seen.set(name, found);
    return found;
  };
}

const DAEMONS: readonly EngineName[] = ['docker', 'podman'];

/** The engines that can run an image, the best first. */
function suitingEngines(
  image: EngineQuestion['image'],
  look: Look,
  env: Environment,
): readonly EngineName[] {
  const isSingularity = wantsSingularity(image);
  // Inside a job the processors are ours already; on a login node they are nobody's to take.
  const isOurs =
    (env['SLURM_JOB_ID'] ?? '') !== '' ||
    (isSingularity && DAEMONS.some((name) => look(name).there));
  const others: readonly EngineName[] = isOurs ? ['apptainer', 'slurm'] : ['slurm', 'apptainer'];
  const order = isSingularity ? [...others, ...DAEMONS] : [...DAEMONS, ...others];
  return order.filter((name) => ENGINES.includes(name));
}

/**
 * A .sif, or a Boutiques app whose author chose Singularity. A Cytomine descriptor always says
 * Singularity and names a Docker image, which every engine runs.
 */
const wantsSingularity = (image: EngineQuestion['image']): boolean =>
  image !== undefined &&
  (image.image.endsWith('.sif') || (image.dialect === 'boutiques-0.5' && image.type !== 'docker'));

function reasonAsked(source: Source): string {
  return source.kind === 'flag'
    ? `asked for with ${sourceText(source)}`
    : `set by ${sourceText(source)}`;
}

interface Found {
  readonly image: EngineQuestion['image'];
  readonly suiting: readonly EngineName[];
  readonly look: Look;
}

function reasonFound(chosen: EngineName, { image, suiting, look }: Found): string {
  const seen = look(chosen);
  const found = seen.there ? `found: ${seen.where}` : 'found';
  const passedOver = suiting.slice(0, suiting.indexOf(chosen)).map((name) => {
    const missing = look(name);
    return missing.there ? '' : `${name} is not to be had (${missing.why})`;
  });
  const wanted = wantsSingularity(image) ? ['the image is one for Singularity'] : [];
  return [found, ...wanted, ...passedOver.filter((text) => text !== '')].join('; ');
}
