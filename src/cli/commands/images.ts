import { systemClock } from '../../base/clock.ts';
import { ERROR_CODES, RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { fileSize } from '../../base/file-size.ts';
import { SifCache, type ListedSif } from '../../container/images/index.ts';
import { ENGINE_NAMES } from '../../container/index.ts';
import { nearestName } from '../../descriptor/index.ts';
import { renderImages } from '../../report/index.ts';
import { optionalText } from '../arguments.ts';
import { chooseEngine, configurationFor } from '../../site/index.ts';
import { imageFolder } from '../image-folder.ts';
import { dockerImages, imagesInUse } from '../images-of-runs.ts';
import { listenForInterrupts } from '../interrupt.ts';
import { parseMoment } from '../moment.ts';
import { openRuns, type OpenedRuns } from '../../site/runs/index.ts';
import { textOptions, type Terminal } from '../terminal.ts';
import type { CommandArguments, CommandRun } from '../commands.ts';

interface Action {
  readonly args: CommandArguments;
  readonly terminal: Terminal;
  readonly runs: OpenedRuns;
  readonly cache: SifCache;
  readonly signal: AbortSignal;
}

const ACTIONS: Readonly<Record<string, (action: Action) => Promise<number>>> = {
  list,
  prune,
  verify,
  pull,
};

/** `cyto-run images [list|prune|verify|pull]`: the .sif files kept here, and Docker's images of recorded runs. */
export const images: CommandRun = async (args, { terminal }) => {
  const name = optionalText(args['action']) ?? 'list';
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) throw unknownAction(name);
  const reference = optionalText(args['reference']);
  if (reference !== undefined && name !== 'pull')
    throw new RunnerError('usage', `images ${name} takes no image`, {
      hint: `It is about all that are kept. See \`cyto-run images --help\`.`,
    });
  using runs = await openRuns(terminal);
  using interrupts = listenForInterrupts(
    () => {
      terminal.err('stopping\n');
    },
    () => undefined,
  );
  const { stop: signal } = interrupts;
  const cache = new SifCache(imageFolder(runs.store.folder), systemClock);
  try {
    return await action({ args, terminal, runs, cache, signal });
  } catch (error) {
    if (signal.aborted) return ERROR_CODES.canceled.exitCode;
    throw error;
  }
};

function unknownAction(name: string): RunnerError {
  const near = nearestName(name, Object.keys(ACTIONS));
  return new RunnerError('usage', `there is no \`cyto-run images ${name}\``, {
    hint: `${near === undefined ? '' : `Did you mean ${near}? `}There is ${Object.keys(ACTIONS).join(', ')}.`,
  });
}

async function list({ args, terminal, runs, cache, signal }: Action): Promise<number> {
  const kept = await cache.list();
  const inUse = imagesInUse(runs.store);
  const document = {
    folder: cache.folder,
    kept: kept.map((image) => ({
      ...documentOf(image),
      inUseBy: inUse.get(image.path) ?? [],
    })),
    docker: await dockerImages(runs.store, signal),
  };
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify(document, null, 2)}\n`
      : renderImages(document, {
          ...textOptions(terminal, 'out'),
          now: systemClock.now(),
        }),
  );
  return 0;
}

const documentOf = ({ key, path, facts, names, usedAt }: ListedSif): KeptDocument => ({
  key,
  path,
  references: names
    .map(({ reference }) => reference)
    .filter((reference) => !reference.includes('@'))
    .map((reference) => reference.replace(/ \(sandbox\)$/, '')),
  digests: [...new Set(names.flatMap(({ digest }) => digest ?? []))],
  id: facts.id,
  form: facts.form,
  platform: facts.platform,
  sizeBytes: facts.sizeBytes,
  ...(facts.sha256 === undefined ? {} : { sha256: facts.sha256 }),
  madeAt: facts.madeAt,
  usedAt: usedAt.toISOString(),
});

interface KeptDocument extends Pick<
  ListedSif['facts'],
  'id' | 'form' | 'platform' | 'sizeBytes' | 'sha256' | 'madeAt'
> {
  readonly key: string;
  readonly path: string;
  readonly references: readonly string[];
  readonly digests: readonly string[];
  readonly usedAt: string;
}

/** Those of running runs stay, and those just used: their run may not have written down yet that it has them. */
async function prune({ args, terminal, runs, cache, signal }: Action): Promise<number> {
  const now = systemClock.now();
  const older = optionalText(args['older-than']);
  const before = older === undefined ? now : parseMoment(older, now);
  const justUsed = now.getTime() - LIMITS.imageJustUsedMs;
  const dryRun = args['dry-run'] === true;
  const inUse = imagesInUse(runs.store);
  const chosen = (await cache.list()).filter(
    ({ path, usedAt }) => !inUse.has(path) && usedAt < before && usedAt.getTime() < justUsed,
  );
  const removed: ListedSif[] = [];
  for (const image of chosen)
    if (dryRun || (await cache.remove(image.key, signal))) removed.push(image);
  if (!dryRun) await cache.sweep(signal);
  const freedBytes = removed.reduce((sum, { facts }) => sum + facts.sizeBytes, 0);
  const documents = removed.map(documentOf);
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify({ removed: dryRun ? [] : documents, wouldRemove: dryRun ? documents : [], freedBytes }, null, 2)}\n`
      : documents
          .map(
            ({ references, key }) =>
              `${dryRun ? 'would remove' : 'removed'} ${references[0] ?? key}\n`,
          )
          .join('') + `${dryRun ? 'would free' : 'freed'} ${fileSize(freedBytes)}\n`,
  );
  return 0;
}

/** Exit code 1 when one is no more what it was. */
async function verify({ args, terminal, cache, signal }: Action): Promise<number> {
  const remove = args['remove'] === true;
  const results = [];
  for (const image of await cache.list()) {
    const same = await cache.verify(image, signal);
    const result = same === undefined ? 'unhashed' : same ? 'same' : 'changed';
    const removed = result === 'changed' && remove && (await cache.remove(image.key, signal));
    results.push({ ...documentOf(image), result, removed });
    if (args['json'] !== true)
      terminal.out(
        `${VERDICTS[result]}  ${documentOf(image).references[0] ?? image.key}${removed ? '  (removed)' : ''}\n`,
      );
  }
  if (args['json'] === true) terminal.out(`${JSON.stringify({ images: results }, null, 2)}\n`);
  const changed = results.filter(({ result }) => result === 'changed');
  if (changed.length > 0 && !remove)
    terminal.err(
      'hint: `cyto-run images verify --remove` removes what has changed; it is made again when it is next asked for\n',
    );
  return changed.length === 0 ? 0 : 1;
}

const VERDICTS = {
  same: 'same     ',
  changed: 'CHANGED  ',
  unhashed: 'unhashed ',
} as const;

async function pull({ args, terminal, runs, signal }: Action): Promise<number> {
  const reference = optionalText(args['reference']);
  if (reference === undefined)
    throw new RunnerError('usage', 'which image?', {
      hint: 'For example: cyto-run images pull debian:bookworm-slim',
    });
  const configuration = await configurationFor(terminal);
  const asked = ENGINE_NAMES.find(
    (name) => name === (optionalText(args['engine']) ?? configuration.values.engine),
  );
  const name = asked ?? chooseEngine({ env: terminal.env }).name;
  const engine = await runs.engines.open(name);
  let told = '';
  const image = await engine.resolveImage(
    {
      reference,
      folder: terminal.cwd,
      pull: 'always',
      onProgress: ({ status }) => {
        if (status === told || args['json'] === true) return;
        told = status;
        terminal.err(`${status}\n`);
      },
    },
    signal,
  );
  terminal.out(
    args['json'] === true
      ? `${JSON.stringify({ engine: name, ...image }, null, 2)}\n`
      : `${image.id}\n`,
  );
  return 0;
}
