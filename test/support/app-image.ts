import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';

import { appImages, imageOf } from '../../scripts/setup/app-images.js';

/** The first build installs Debian's image-analysis packages; half a minute here, more on a slow line. */
export const IMAGE_BUILD_MS = 600_000;
const RUN_MS = 300_000;
/** A test may run an app several times, beside others that do the same. */
export const CONTAINER_TEST_MS = 600_000;

/** Builds the image of an app of `apps/` where it is missing or its sources have changed; returns its name. */
export async function appImage(app: string): Promise<string> {
  const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
  const [part] = appImages(root, [app]);
  if (part === undefined) throw new Error(`apps/${app} has no Dockerfile`);
  const { state } = await part.look();
  if (state !== 'present') await part.get(() => undefined);
  return imageOf(app);
}

export interface AppRun {
  readonly image: string;
  readonly arguments: readonly string[];
  /** Host folder by folder in the container, read-only. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Host folder that is `/out`, the working directory, and all the app may write. */
  readonly out: string;
  /** In place of the image's own. */
  readonly entrypoint?: string;
}

export interface AppExit {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an app with nothing but its folders: no network, no writable root, the caller's uid, no rights. */
export function runApp(run: AppRun): Promise<AppExit> {
  const { uid, gid } = userInfo();
  const mounts = Object.entries(run.inputs ?? {}).map(
    ([target, source]) => `type=bind,source=${source},target=${target},readonly`,
  );
  const args = [
    ...['run', '--rm', '--network', 'none', '--read-only', '--cap-drop', 'ALL'],
    ...['--security-opt', 'no-new-privileges', '--user', `${String(uid)}:${String(gid)}`],
    ...['--workdir', '/out', '--mount', `type=bind,source=${run.out},target=/out`],
    ...mounts.flatMap((mount) => ['--mount', mount]),
    ...(run.entrypoint === undefined ? [] : ['--entrypoint', run.entrypoint]),
    ...[run.image, ...run.arguments],
  ];
  return new Promise((resolve, reject) => {
    execFile('docker', args, { timeout: RUN_MS }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : error.code;
      if (typeof exitCode === 'number') resolve({ exitCode, stdout, stderr });
      else reject(new Error(`docker run did not end by itself: ${stderr}`, { cause: error }));
    });
  });
}
