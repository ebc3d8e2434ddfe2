import { LOOKS, type EngineLook, type EngineName, type Environment } from '../container/index.ts';
import type { ContainerImage } from '../descriptor/index.ts';
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
  readonly image?: Pick<ContainerImage, 'type' | 'image'>;
  readonly env: Environment;
}

/**
 * Which engine runs an image: the one that was asked for, else the first that suits the image and is
 * there. `process`, which isolates nothing, only when asked. Where none is there, the first that
 * suits: asked to run something, it tells what is missing.
 */
export function chooseEngine({ asked, image, env }: EngineQuestion): EngineChoice {
  if (asked !== undefined) return { name: asked.name, reason: reasonAsked(asked.source) };
  const looks = looksOf(env);
  const suiting = suitingEngines(image, looks, env);
  const chosen = suiting.find((name) => looks.get(name)?.there === true);
  if (chosen === undefined)
    return {
      name: suiting[0] ?? 'docker',
      reason: 'no engine was found here; this is the usual one',
    };
  return { name: chosen, reason: reasonFound(chosen, { image, suiting, looks }) };
}

/** Engines that are there and could be used in place of `instead`, for hints. */
export const enginesHere = (env: Environment, instead?: EngineName): readonly EngineName[] =>
  ENGINES.filter((name) => name !== 'process' && name !== instead && LOOKS[name](env).there);

type Looks = ReadonlyMap<EngineName, EngineLook>;

const looksOf = (env: Environment): Looks =>
  new Map(ENGINES.map((name) => [name, LOOKS[name](env)]));

/** The engines that can run an image, the best first. */
function suitingEngines(
  image: EngineQuestion['image'],
  looks: Looks,
  env: Environment,
): readonly EngineName[] {
  // Inside a job the processors are ours already; on a login node they are nobody's to take.
  const insideJob = (env['SLURM_JOB_ID'] ?? '') !== '';
  const daemons: readonly EngineName[] = ['docker', 'podman'];
  const hasDaemon = daemons.some((name) => looks.get(name)?.there === true);
  const rootless: readonly EngineName[] =
    insideJob || hasDaemon ? ['apptainer', 'slurm'] : ['slurm', 'apptainer'];
  const order = wantsSingularity(image) ? [...rootless, ...daemons] : [...daemons, ...rootless];
  return order.filter((name) => ENGINES.includes(name));
}

const wantsSingularity = (image: EngineQuestion['image']): boolean =>
  image !== undefined &&
  (image.type !== 'docker' ||
    image.image.endsWith('.sif') ||
    /^(library|shub|oras):\/\//.test(image.image));

function reasonAsked(source: Source): string {
  return source.kind === 'flag'
    ? `asked for with ${sourceText(source)}`
    : `set by ${sourceText(source)}`;
}

interface Found {
  readonly image: EngineQuestion['image'];
  readonly suiting: readonly EngineName[];
  readonly looks: Looks;
}

function reasonFound(chosen: EngineName, { image, suiting, looks }: Found): string {
  const look = looks.get(chosen);
  const found = look?.there === true ? `found: ${look.where}` : 'found';
  const passedOver = suiting.slice(0, suiting.indexOf(chosen)).map((name) => {
    const missing = looks.get(name);
    return missing?.there === false ? `${name} is not to be had (${missing.why})` : '';
  });
  const wanted = wantsSingularity(image) ? ['the image is one for Singularity'] : [];
  return [found, ...wanted, ...passedOver.filter((text) => text !== '')].join('; ');
}
