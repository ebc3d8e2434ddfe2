import { RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import type { ContainerSpec, Mount } from '../engine.ts';

/** What of Apptainer's command depends on the machine and not on the run. */
export interface ApptainerOptions {
  /** The program; `apptainer` where it is on the PATH, or `singularity`. */
  readonly program?: string;
  /** Whether a network of its own may be made, for `network: 'none'`. */
  readonly netAllowed?: boolean;
  /** Whether we are root, and so may have the program run as somebody else. */
  readonly isRoot?: boolean;
  /** By which option a GPU is given. */
  readonly gpuOption?: '--nv' | '--rocm';
}

/**
 * The command that runs one container in the foreground, its variables not in it: they go by
 * `apptainerEnvironment`. Pure. Throws `engine-refused` for what Apptainer cannot be told, by name.
 */
export function apptainerArgv(spec: ContainerSpec, options: ApptainerOptions = {}): string[] {
  const wordsBytes = Buffer.byteLength(JSON.stringify([spec.argv, spec.environment]));
  if (wordsBytes > LIMITS.apptainerWordsBytesMax)
    throw refused(`${wordsBytes} bytes of arguments and variables, which is more than it takes`);
  const { program = 'apptainer', netAllowed = true, isRoot = false, gpuOption = '--nv' } = options;
  return [
    program,
    // Its own words never get between the app's; a fatal one is still said.
    '--silent',
    spec.entrypoint === 'image' ? 'run' : 'exec',
    '--containall',
    '--cleanenv',
    // Else a shell would look into arguments and variables again.
    '--no-eval',
    ...home(spec.environment['HOME']),
    '--pwd',
    spec.workingDirectory,
    ...spec.mounts.flatMap((mount) => ['--mount', mountText(mount)]),
    ...(spec.readOnlyRoot ? [] : ['--writable-tmpfs']),
    ...(spec.network === 'none' && netAllowed ? ['--net', '--network', 'none'] : []),
    ...(spec.limits.gpus === undefined ? [] : [gpuOption]),
    '--no-privs',
    ...(isRoot ? otherUser(spec) : []),
    spec.image,
    ...spec.argv,
  ];
}

/** Our own mount is the home; only its name is Apptainer's to know, and it has no other way to learn it. */
function home(path: string | undefined): string[] {
  if (path === undefined) return ['--no-home'];
  if (path.includes(':'))
    throw refused(`HOME=${path}, because a colon in it means two folders to Apptainer`);
  return ['--no-home', '--home', path];
}

const otherUser = ({ user }: ContainerSpec): string[] =>
  user === 'image' || (user.uid === 0 && user.gid === 0)
    ? []
    : ['--security', `uid:${user.uid}`, '--security', `gid:${user.gid}`];

/** One mount, as the line of comma separated values that Apptainer reads: quotes let every name survive. */
function mountText({ source, target, readOnly }: Mount): string {
  for (const path of [source, target])
    if (path.includes('\r\n'))
      throw refused(`a mount of ${JSON.stringify(path)}: it reads a line's end in it as another`);
  const fields = ['type=bind', quoted(`source=${source}`), quoted(`destination=${target}`)];
  return [...fields, ...(readOnly ? ['ro'] : [])].join(',');
}

const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;

/** Names that the shell inside Apptainer keeps for itself, and those by which it does something else. */
const TAKEN_NAMES = new Set([
  ...['UID', 'EUID', 'GID', 'IFS', 'OPTIND', 'PWD'],
  ...['PREPEND_PATH', 'APPEND_PATH'],
]);

/**
 * The variables to start Apptainer with, so that the program has those of `spec`: no argument shows
 * them. Throws `engine-refused` for names that Apptainer cannot give.
 */
export function apptainerEnvironment(spec: ContainerSpec): Record<string, string> {
  const { HOME: _home, ...environment } = spec.environment;
  const impossible = Object.keys(environment).filter(
    (name) => TAKEN_NAMES.has(name) || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name),
  );
  if (impossible.length > 0) throw refused(`the variables ${impossible.join(', ')}`);
  const changed = Object.keys(environment).filter((name) => environment[name]?.includes('\r\n'));
  if (changed.length > 0)
    throw refused(
      `the variables ${changed.join(', ')}: it would take carriage returns out of them`,
    );
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [`APPTAINERENV_${name}`, value]),
  );
}

const refused = (what: string): RunnerError =>
  new RunnerError('engine-refused', `Apptainer cannot be given ${what}`, {
    hint: 'Give it in another way (a name, a file), or run with another engine (--engine docker).',
  });
