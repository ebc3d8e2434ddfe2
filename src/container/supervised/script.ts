import { shellQuote } from '../../base/shell-quote.ts';
import type { Cgroup } from './cgroup.ts';

/** What the supervisor is to run and to keep. */
export interface Supervision {
  /** The job's own folder, absolute: everything the supervisor writes lies in it. */
  readonly folder: string;
  readonly argv: readonly string[];
  /** The program's variables on top of the supervisor's own. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly cgroup: Cgroup | undefined;
  /** Watched where no control group enforces it. */
  readonly watchedMemoryBytes?: number;
}

/** Variable by which a process is known as this job's, whatever became of its parents: the folder and a slash. */
export const JOB_VARIABLE = 'CYTO_RUN_JOB';

/**
 * The supervisor: a POSIX shell script that runs one program, keeps its output byte for byte, kills
 * what it left behind and writes down how it ended. Pure. It is read from standard input, so that
 * the program's variables are in no file and in no list of processes; its last line alone does
 * anything, so that half of it does nothing.
 */
export const supervisorScript = (given: Supervision): string =>
  [
    'supervise() {',
    'umask 077',
    `cd ${shellQuote(given.folder)} || exit 1`,
    // Before we catch any signal: a child keeps our handler for its first instant, and a TERM that
    // meets it then is lost.
    'watch & watcher=$!',
    // Whoever shuts the machine down signals us too; the program's end is still to be written down.
    'trap : HUP INT TERM',
    'read -r stat </proc/$$/stat && set -- ${stat##*) } && shift 19',
    `printf '%s %s\\n' "$$" "$1" >pid || exit 1`,
    // Pipes: a program that opens /dev/stdout anew would cut a file short. Anyone may open them:
    // the program may be somebody else. We hold both ends, so that opening one never waits.
    'mkfifo -m 622 stdout.pipe stderr.pipe && exec 3<>stdout.pipe 4<>stderr.pipe || exit 1',
    'keep stdout <stdout.pipe & out=$!',
    'keep stderr <stderr.pipe & err=$!',
    'program',
    'code=$?',
    'kill_rest',
    'exec 3>&- 4>&-',
    'ours "$watcher" && kill "$watcher"',
    'ended "$out"; ended "$err"; ended "$watcher"',
    'oom=0; cpu=; peak=; user=; system=',
    'take_stock',
    '[ -e out-of-memory ] && oom=1',
    '[ -r peak ] && read -r peak <peak',
    // No program is run for it, nor to rename it: whoever waits for the end waits for this.
    `printf 'exit-code=%s\\nout-of-memory=%s\\npeak-memory-bytes=%s\\ncpu-seconds=%s\\ncpu-time=%s\\nend=1\\n' "$code" "$oom" "$peak" "$cpu" "$user $system" >exit`,
    'exit 0',
    '}',
    ENDED,
    KEEP,
    program(given),
    killRest(given),
    watch(given),
    takeStock(given.cgroup),
    'supervise',
    '',
  ].join('\n');

/** Waits for a child, whatever signal comes between; a stranger may have got its number since. */
const ENDED = [
  'ours() { read -r stat <"/proc/$1/stat" && set -- ${stat##*) } && [ "$2" = "$$" ]; }',
  'ended() { while ours "$1"; do wait "$1"; done; }',
].join('\n');

/** One stream into its file. On a full disk the program goes on, and what was lost is said. */
const KEEP = [
  'keep() {',
  `unset ${JOB_VARIABLE}`,
  // Whoever signals all of us is not to lose the program's last words.
  `trap '' HUP INT TERM`,
  'exec 3>&- 4>&-',
  'cat >>"$1" || { : >log-lost; exec cat >/dev/null; }',
  '}',
].join('\n');

/** Parentheses: a shell of its own, which becomes the program. */
const program = ({ argv, environment, workingDirectory, cgroup }: Supervision): string =>
  [
    'program() (',
    // Here and not where it is called: the shell that calls it says "Killed" of what was killed.
    'exec </dev/null >stdout.pipe 2>stderr.pipe 3>&- 4>&-',
    `read -r me rest </proc/self/stat && echo "$me" >program`,
    ...(cgroup?.folders ?? []).map(
      (folder) => `echo 0 >${shellQuote(`${folder}/cgroup.procs`)} || exit 126`,
    ),
    'umask 022',
    `cd ${shellQuote(workingDirectory)} || exit 126`,
    ...Object.entries(environment)
      .filter(([name]) => canBeExported(name))
      .map(([name, value]) => `export ${name}=${shellQuote(value)}`),
    ['exec', ...byEnv(environment), ...argv.map(shellQuote)].join(' '),
    ')',
  ].join('\n');

/** Names that a shell may hold as its own and refuse to change, or use while it runs. */
const SHELL_NAMES = /^(UID|EUID|PPID|IFS|OPTIND|OPTARG|SHELLOPTS|BASHOPTS|BASH.*|PWD|OLDPWD|_)$/;

const canBeExported = (name: string): boolean =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !SHELL_NAMES.test(name);

/** The few variables that no shell can hand on go by `env`, seen by others for an instant. */
function byEnv(environment: Readonly<Record<string, string>>): string[] {
  const rest = Object.entries(environment).filter(([name]) => !canBeExported(name));
  return rest.length === 0
    ? []
    : ['env', ...rest.map(([name, value]) => shellQuote(`${name}=${value}`))];
}

/** Ends what the program left running, before its end is told: nothing of it outlives it. */
const killRest = ({ cgroup, folder }: Supervision): string =>
  [
    'kill_rest() {',
    'tries=0',
    'while [ "$tries" -lt 100 ]; do',
    'tries=$((tries + 1))',
    'killed=0',
    ...(cgroup === undefined ? strangers(folder) : membersOf(cgroup)),
    '[ "$killed" = 0 ] && return',
    'sleep 0.02',
    'done',
    '}',
  ].join('\n');

const membersOf = ({ folders }: Cgroup): string[] => [
  `while read -r pid; do kill -KILL "$pid" && killed=1; done <${shellQuote(`${folders[0] ?? ''}/cgroup.procs`)}`,
];

/** Those who carry our variable, or write where the program wrote; not ourselves. */
const strangers = (folder: string): string[] => [
  'for pid in $(',
  `grep -lsF ${shellQuote(`${JOB_VARIABLE}=${folder}/`)} /proc/[0-9]*/environ | while IFS= read -r line; do line=\${line#/proc/}; echo "\${line%%/*}"; done`,
  `ls -l /proc/[0-9]*/fd/[12] | grep -F -e ${shellQuote(` -> ${folder}/stdout.pipe`)} -e ${shellQuote(` -> ${folder}/stderr.pipe`)} | while IFS= read -r line; do line=\${line#*/proc/}; echo "\${line%%/*}"; done`,
  '); do case $pid in "$$" | "$out" | "$err" | "$watcher") ;; *) kill -KILL "$pid" && killed=1 ;; esac; done',
];

/**
 * Once a second: the highest memory so far, and the end of a program that takes too much of it.
 * SIGTERM ends it at any moment of its life, and so does the end of the supervisor.
 */
const watch = ({ cgroup, watchedMemoryBytes }: Supervision): string =>
  [
    'watch() {',
    // What it starts is not the program's, and is not to be ended as what the program left.
    `unset ${JOB_VARIABLE}`,
    'napping=',
    // KILL, for the nap may be too young for TERM; `$!` knows it before any variable does.
    `trap '[ -z "$napping" ] || kill -KILL "$!"; exit 0' TERM`,
    'highest=0',
    ...(cgroup?.memory === undefined ? ['page=$(getconf PAGESIZE || echo 4096)'] : []),
    'while kill -0 "$$"; do',
    'napping=1; sleep 1 & wait "$!"; napping=',
    ...(cgroup?.memory === undefined ? treeMemory() : groupMemory(cgroup.memory)),
    `[ "$used" -gt "$highest" ] && highest=$used && echo "$used" >peak`,
    ...(watchedMemoryBytes === undefined ? [] : memoryLimit(watchedMemoryBytes)),
    'done',
    '}',
  ].join('\n');

/** As `docker stats` counts: without the cache that the kernel could take back. */
const groupMemory = ({
  usage,
  statistics,
  inactiveKey,
}: NonNullable<Cgroup['memory']>): string[] => [
  `read -r used <${shellQuote(usage)} || exit 0`,
  `while read -r key value; do [ "$key" = ${inactiveKey} ] && used=$((used - value)); done <${shellQuote(statistics)}`,
];

/** The resident pages of the program and all that descends from it. */
const treeMemory = (): string[] => [
  '[ -r program ] && read -r root <program || continue',
  `tree=$(cat /proc/[0-9]*/stat | awk -v root="$root" '${TREE_AWK}')`,
  '[ -n "$tree" ] || continue',
  'used=$((${tree%% *} * page))',
];

/** Prints the resident pages of a tree, then its process ids, from lines of /proc/PID/stat. */
const TREE_AWK = [
  '{ pid = $1; sub(/^.*\\) /, ""); split($0, at, " "); parent[pid] = at[2]; pages[pid] = at[22] }',
  'END {',
  'member[root] = 1',
  'do { more = 0; for (pid in parent) if (!(pid in member) && (parent[pid] in member)) { member[pid] = 1; more = 1 } } while (more)',
  'for (pid in member) if (pid in parent) { sum += pages[pid]; list = list " " pid }',
  'print sum + 0 list',
  '}',
].join('\n');

const memoryLimit = (bytes: number): string[] => [
  `if [ "$used" -gt ${bytes} ]; then : >out-of-memory; kill -KILL \${tree#* }; fi`,
];

/** Processor time and whether the kernel ended something for want of memory. */
function takeStock(cgroup: Cgroup | undefined): string {
  const lines: string[] = [];
  if (cgroup?.memory !== undefined)
    lines.push(
      `while read -r key value; do [ "$key" = oom_kill ] && [ "$value" -gt 0 ] && oom=1; done <${shellQuote(cgroup.memory.events)}`,
    );
  if (cgroup?.processorTime === undefined) lines.push(...childrensTime());
  else lines.push(...groupTime(cgroup.processorTime));
  return ['take_stock() {', ...lines, ':', '}'].join('\n');
}

const groupTime = ({
  file,
  unitsPerSecond,
  key,
}: NonNullable<Cgroup['processorTime']>): string[] => [
  key === undefined
    ? `read -r units <${shellQuote(file)}`
    : `while read -r key value; do [ "$key" = ${key} ] && units=$value; done <${shellQuote(file)}`,
  `millis=$((units / ${unitsPerSecond / 1000}))`,
  'thousandths=$((1000 + millis % 1000))',
  'cpu=$((millis / 1000)).${thousandths#1}',
];

/** `times` tells minutes and seconds of what was waited for: user, then system. */
const childrensTime = (): string[] => [
  'times >times',
  '{ read -r own; read -r user system; } <times',
];
