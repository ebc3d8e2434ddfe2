/** Variables by which a user chooses the cluster, account or partition: theirs to say, also for us. */
const KEPT =
  /^(SLURM_CONF|SLURM_JWT|SBATCH_(ACCOUNT|PARTITION|QOS|RESERVATION|CONSTRAINT|TIMELIMIT))$/;

/** Variables of Slurm's commands, which change what they print or do (squeue(1), sbatch(1) …). */
const OF_SLURM = /^(SLURM|SBATCH|SALLOC|SRUN|SQUEUE|SACCT|SCANCEL|SCONTROL|SINFO|SACCTMGR)_/;

/**
 * The environment for Slurm's commands: formats, filters and sorting that a user has set for their
 * own eyes are left out, and so is everything of a job that we may ourselves be part of.
 */
export function commandEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (KEPT.test(entry[0]) || !OF_SLURM.test(entry[0])),
  );
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

/** The same, as lines for a POSIX shell on another machine. */
export const COMMAND_ENVIRONMENT_LINES: readonly string[] = [
  `for name in $(env | sed -n 's/^\\([A-Z][A-Z0-9_]*\\)=.*/\\1/p'); do`,
  '  case $name in',
  '  SLURM_CONF|SLURM_JWT|SBATCH_ACCOUNT|SBATCH_PARTITION|SBATCH_QOS|SBATCH_RESERVATION|SBATCH_CONSTRAINT|SBATCH_TIMELIMIT) ;;',
  '  SLURM_*|SBATCH_*|SALLOC_*|SRUN_*|SQUEUE_*|SACCT_*|SCANCEL_*|SCONTROL_*|SINFO_*|SACCTMGR_*) unset "$name" ;;',
  '  esac',
  'done',
  'LC_ALL=C; export LC_ALL',
];
