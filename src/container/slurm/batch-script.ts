import { inSingleQuotes as quote } from '../../base/shell-quote.ts';
import { LIMITS } from '../../base/limits.ts';
import type { JobFiles } from './layout.ts';

/** Everything the script of one job is made from. */
export interface RunScriptPlan {
  readonly files: JobFiles;
  /** The runtime's whole command. */
  readonly argv: readonly string[];
  /** The runtime's variables, by which the app gets its own. */
  readonly environment: Readonly<Record<string, string>>;
  /** The image as the runtime gets it: a file that it mounts, or a folder. */
  readonly image: string;
  /** The program in the container, for its name's sake. */
  readonly program: string;
  /** What must be there on the node before anything is tried: image and mounts. */
  readonly needed: readonly string[];
  /** Lines of shell that the configuration wants first, such as `module load apptainer`. */
  readonly prepare?: string;
}

/**
 * What Slurm is given to run: for one job, or for a task of an array, whose name is found by its
 * number. It holds nothing of the run but names, because Slurm shows and keeps it.
 */
export function batchScript(names: readonly string[], jobsFolder: string): string {
  const [only = ''] = names;
  const choice =
    names.length === 1
      ? [`name=${quote(only)}`]
      : [
          'case $SLURM_ARRAY_TASK_ID in',
          ...names.map((name, index) => `${index}) name=${quote(name)} ;;`),
          '*) exit 75 ;;',
          'esac',
        ];
  return [
    '#!/bin/sh',
    ...choice,
    `folder=${quote(jobsFolder)}/$name`,
    // Gone: its run is over, and nobody waits for this job any more.
    '[ -r "$folder/run.sh" ] || exit 75',
    'exec /bin/sh "$folder/run.sh" >>"$folder/words" 2>&1',
    '',
  ].join('\n');
}

/**
 * The script that runs one job on its node, a pure value: it takes the ticket, so that nothing runs
 * twice, checks the node, runs the app with its output in files of its own, passes signals on, and
 * writes how it ended to a file that is renamed into place, so that the truth depends on no daemon.
 *
 * SIGUSR1 and SIGUSR2 are our own wish that the app end, kindly and at once; SIGTERM is somebody
 * else's: the scheduler's at a limit, or an administrator's.
 */
export function runScript(plan: RunScriptPlan): string {
  const { files, argv, environment, needed, prepare = '' } = plan;
  return [
    '#!/bin/sh',
    'umask 077',
    'PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/local/bin:/usr/bin:/bin; export PATH',
    ...Object.entries({
      folder: files.folder,
      begun_file: files.begun,
      ended_file: files.ended,
      program: plan.program.replaceAll('\n', ' ').slice(0, LIMITS.stderrTailBytesMax),
    }).map(([name, value]) => `${name}=${quote(value)}`),
    PREAMBLE,
    // What is loaded here is also what is looked for below.
    ...(prepare === '' ? [] : [prepare, 'set +e +u']),
    `runtime=${quote(argv[0] ?? '')}`,
    'command -v "$runtime" >/dev/null || failed node-failed "there is no $runtime on $node"',
    ...needed.map((path) => `look ${quote(path)}`),
    SCRATCH,
    FOREIGN_VARIABLES,
    `unpack_without_fuse ${quote(plan.image)}`,
    ...Object.entries(environment).map(
      ([name, value]) => `${name}=${quote(value)}; export ${name}`,
    ),
    BEGIN,
    `${argv.map(quote).join(' ')} >&3 2>&4 3>"$scratch/born" 3>&- 4>&- </dev/null &`,
    WAIT,
    'finish "$code"',
    'exit "$code"',
    '',
  ].join('\n');
}

const PREAMBLE = `node=\${SLURMD_NODENAME:-$(hostname)}
now() { date -u +%Y-%m-%dT%H:%M:%S.%3NZ; }
memory_group() {
  v1=$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup)
  if [ -n "$v1" ]; then
    group=/sys/fs/cgroup/memory$v1; kills=memory.oom_control; used=total_rss
  else
    group=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup); kills=memory.events; used=anon
  fi
}
memory_group 2>/dev/null
oom_kills() { sed -n 's/^oom_kill //p' "$group/$kills" 2>/dev/null; }
# What the kernel calls the peak counts files that were only read.
sample_memory() {
  highest=0
  while sleep ${LIMITS.usageAfterMs / 1_000}; do
    now_used=$(sed -n "s/^$used //p" "$group/memory.stat") || return
    [ "\${now_used:-0}" -le "$highest" ] || { highest=$now_used; echo "$highest" >"$folder/peak"; }
  done
}
unpacked= sampler= asked= signaled= app= because= code= started=
# How it ended, in one file: whole, or not there.
finish() {
  finished=$(now)
  [ -z "$sampler" ] || kill -KILL "$sampler" 2>/dev/null
  times >"$folder/times"
  {
    echo "exit-code=$1"
    [ "\${kills_before:-0}" = "$(oom_kills)" ] || [ -z "$(oom_kills)" ] || echo out-of-memory=1
    echo "started-at=\${started:-$finished}"
    echo "finished-at=$finished"
    [ ! -s "$folder/peak" ] || echo "peak-memory-bytes=$(cat "$folder/peak")"
    [ -z "$started" ] || echo "cpu-time=$(sed -n 2p "$folder/times")"
    echo "node=$node"
    echo "asked=$asked"
    echo "signaled=$signaled"
    [ -z "$unpacked" ] || echo image-unpacked=1
    echo "failed=$failed"
    printf 'failed-because=%s\\n' "$because"
    # The runtime's own one word, where it could not run the program.
    [ "$1" != 255 ] || [ "$(wc -l <"$folder/stderr")" != 1 ] || {
      printf 'program=%s\\n' "$program"
      printf 'runtime-said=%s\\n' "$(head -c ${LIMITS.stderrTailBytesMax} "$folder/stderr")"
    }
    [ -z "$started" ] || echo "stdout-bytes=$(wc -c <"$folder/stdout")"
    [ -z "$started" ] || echo "stderr-bytes=$(wc -c <"$folder/stderr")"
    echo end=1
  } >"$folder/ended.part" && mv -f "$folder/ended.part" "$ended_file"
  # Of what an image holds, its owner may not remove everything.
  [ -z "$unpacked" ] || chmod -R u+rwX "$scratch" 2>/dev/null
  [ -z "$scratch" ] || rm -rf "$scratch"
}
failed= scratch=
failed() {
  failed=$1 because=$2
  finish 75
  exit 75
}
tell() { [ -z "$app" ] || kill "-$1" "$app" 2>/dev/null; }
trap 'interrupted=1; [ "$asked" = kill ] || asked=stop; tell TERM' USR1
trap 'interrupted=1; asked=kill; tell KILL' USR2
trap 'interrupted=1; signaled=1; tell TERM' TERM
if ! mv "$folder/ticket" "$folder/taken" 2>/dev/null; then
  [ -e "$folder/taken" ] && [ "\${SLURM_RESTART_COUNT:-0}" -gt 0 ] && [ ! -e "$ended_file" ] ||
    exit 75
  failed node-failed "Slurm began it a second time, after it was lost on another node"
fi
# A lost network disk lets a question hang for ever.
look() {
  timeout ${LIMITS.slurmNodeLookMs / 1000} test -e "$1" ||
    failed node-failed "$node does not see $1"
}
# An image is mounted by the kernel for root and a set-uid runtime, else by FUSE. Without, it is unpacked for this job.
unpack_without_fuse() {
  [ -f "$1" ] && [ "$(id -u)" != 0 ] && ! (: <>/dev/fuse) 2>/dev/null || return
  "$runtime" buildcfg 2>/dev/null | grep -q '_SUID_INSTALL=1' && return
  unpacked=1 APPTAINER_UNSQUASH=1 SINGULARITY_UNSQUASH=1
  export APPTAINER_UNSQUASH SINGULARITY_UNSQUASH
}`;

const SCRATCH = `scratch=$(mktemp -d "\${SLURM_TMPDIR:-\${TMPDIR:-/tmp}}/cyto-run-XXXXXX") ||
  failed node-failed "$node has no room for temporary files in \${SLURM_TMPDIR:-\${TMPDIR:-/tmp}}"
: >"$folder/stdout" && : >"$folder/stderr" ||
  failed disk-full "$node cannot write to $folder"`;

/** A user's own settings of the runtime would change what every app sees. */
const FOREIGN_VARIABLES = `for name in $(env | sed -n 's/^\\([A-Z][A-Z0-9_]*\\)=.*/\\1/p'); do
  case $name in
  APPTAINER_CACHEDIR | APPTAINER_CONFIGDIR | SINGULARITY_CACHEDIR) ;;
  APPTAINER* | SINGULARITY*) unset "$name" ;;
  esac
done
APPTAINER_TMPDIR=$scratch SINGULARITY_TMPDIR=$scratch
export APPTAINER_TMPDIR SINGULARITY_TMPDIR`;

const BEGIN = `kills_before=$(oom_kills)
started=$(now)
echo "$node" >"$folder/begun.part" && mv -f "$folder/begun.part" "$begun_file"
[ -z "$asked$signaled" ] || {
  [ "$asked" = kill ] && code=137 || code=143
  finish "$code"
  exit "$code"
}
# Pipes: an app that opens /dev/stdout anew would cut a file short.
mkfifo -m 622 "$scratch/stdout" "$scratch/stderr"
# Whoever signals all of the job is not to lose the app's last words: what opens a pipe is deaf by then.
(trap '' TERM USR1 USR2; exec cat <"$scratch/stdout" >>"$folder/stdout") &
stdout=$!
(trap '' TERM USR1 USR2; exec cat <"$scratch/stderr" >>"$folder/stderr") &
stderr=$!
exec 3>"$scratch/stdout" 4>"$scratch/stderr"`;

/**
 * A signal ends the waiting, not what is waited for. A child keeps our handlers for its first
 * instant, and what meets it then is lost: nothing is passed on before it has made a file.
 */
const WAIT = `child=$!
until [ -e "$scratch/born" ] || ! kill -0 "$child" 2>/dev/null; do sleep 0.02; done
app=$child
# By exec: around a function, a shell only puts its descriptors aside.
(exec </dev/null >/dev/null 2>&1 3>&- 4>&-; sample_memory) &
sampler=$!
case $asked in stop) tell TERM ;; kill) tell KILL ;; *) [ -z "$signaled" ] || tell TERM ;; esac
ended() {
  code=
  while :; do
    interrupted=
    wait "$1"
    again=$?
    # A shell that has told how it ended calls it unknown.
    [ "$again" = 127 ] && [ -n "$code" ] || code=$again
    [ -n "$interrupted" ] || return "$code"
    ! kill -0 "$1" 2>/dev/null || code=
  done
}
ended "$app"
ended_with=$code app=
exec 3>&- 4>&-
ended "$stdout" && ended "$stderr" || {
  failed=disk-full because="$node could not write the output to $folder"
}
code=$ended_with`;
