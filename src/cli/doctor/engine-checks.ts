import { fileSize } from '../../base/file-size.ts';
import { LOOKS, type EngineInfo, type EngineName } from '../../container/index.ts';

import { type EngineChoice, ENGINES, type Engines } from '../../site/index.ts';
import { failed, type Check } from './check.ts';
import { checkContainer } from './container-check.ts';

/** One engine, and all that was found out about it. */
export interface EngineReport {
  readonly name: EngineName;
  /** Of those in the configuration; absent for this machine's own scheduler. */
  readonly cluster?: string;
  readonly isDefault: boolean;
  readonly there: boolean;
  readonly version?: string;
  readonly limitations?: EngineInfo['limitations'];
  readonly checks: readonly Check[];
}

export interface EnginesQuestion {
  readonly engines: Engines;
  readonly choice: EngineChoice;
  /** Only this one. */
  readonly only: EngineName | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names of the clusters in the configuration. */
  readonly clusters: readonly string[];
  /** The one that a run would go to. */
  readonly cluster: string | undefined;
}

/** An engine to be looked at; of Slurm there is one for each cluster. */
interface Target {
  readonly name: EngineName;
  readonly cluster?: string;
  readonly isDefault: boolean;
}

function targetsOf({ only, choice, clusters, cluster }: EnginesQuestion): readonly Target[] {
  return (only === undefined ? ENGINES : [only]).flatMap((name): Target[] => {
    const isChosen = name === choice.name;
    if (name !== 'slurm' || clusters.length === 0) return [{ name, isDefault: isChosen }];
    return clusters.map((one) => ({
      name,
      cluster: one,
      isDefault: isChosen && one === cluster,
    }));
  });
}

/** Every engine of this version, side by side: what it is, what it keeps, and a container on it. */
export const engineReports = (question: EnginesQuestion): Promise<EngineReport[]> =>
  Promise.all(targetsOf(question).map((target) => engineReport(target, question)));

async function engineReport(
  { name, cluster, isDefault }: Target,
  { engines, choice, only, env }: EnginesQuestion,
): Promise<EngineReport> {
  const facts = { name, ...(cluster === undefined ? {} : { cluster }), isDefault };
  const label = cluster === undefined ? name : `${name} ${cluster}`;
  const look = LOOKS[name](env);
  const withEngine = (checks: readonly Check[]): Check[] =>
    checks.map((check) => ({ engine: label, ...check }));
  if (!look.there && !isDefault && only === undefined && cluster === undefined) {
    const absent: Check = { name: label, result: 'absent', detail: look.why, hint: look.hint };
    return { ...facts, there: false, checks: withEngine([absent]) };
  }
  try {
    const engine = await engines.open(name, cluster);
    const info = await engine.info();
    // A program without a container is nobody's default, and a job would wait for its turn.
    const isTried = isDefault || only !== undefined || !(name === 'process' || name === 'slurm');
    const checks = [
      identity(label, info, isDefault && only === undefined ? choice : undefined),
      ...(isTried
        ? [...(await checkContainer(engine, info)), ...limitationChecks(info), gpuCheck(info)]
        : [notTried(name, cluster)]),
    ];
    const { version, limitations } = info;
    return { ...facts, there: true, version, limitations, checks: withEngine(checks) };
  } catch (error) {
    return { ...facts, there: false, checks: withEngine([failed(label, error)]) };
  }
}

const identity = (label: string, info: EngineInfo, choice: EngineChoice | undefined): Check => ({
  name: label,
  result: 'works',
  detail: [
    `version ${info.version}, ${info.platform}, ${info.cpus} cores, ${fileSize(info.memoryBytes)} memory`,
    ...(choice === undefined ? [] : [`the default (${choice.reason})`]),
  ].join('; '),
});

const notTried = (name: EngineName, cluster: string | undefined): Check => ({
  name: 'a container',
  result: 'absent',
  detail:
    name === 'process'
      ? 'programs of this machine itself, without isolation; only with --engine process'
      : 'not tried: it would wait for its turn',
  hint: `See what it keeps with "cyto-run doctor --engine ${name}${cluster === undefined ? '' : ` --cluster ${cluster}`}".`,
});

const limitationChecks = (info: EngineInfo): Check[] =>
  Object.entries(info.limitations).map(([name, { kept, sentence, hint }]) => ({
    name,
    result: 'weak',
    detail: `${kept === 'partly' ? 'partly kept' : 'not kept'}: ${sentence}`,
    ...(hint === undefined ? {} : { hint }),
  }));

const gpuCheck = ({ gpus }: EngineInfo): Check =>
  gpus === 'available'
    ? { name: 'GPU', result: 'works', detail: 'can be given' }
    : {
        name: 'GPU',
        result: 'absent',
        detail: 'none; apps that ask for one are refused unless it is optional',
      };
