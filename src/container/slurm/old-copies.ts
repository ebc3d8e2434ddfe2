import { posix } from 'node:path';

import { LIMITS } from '../../base/limits.ts';
import type { ContainerSpec } from '../engine.ts';
import type { HostStep } from './host.ts';
import type { WorkFolder } from './layout.ts';

/**
 * Removes what no run has used for `LIMITS.slurmCopyDaysMax`; nothing while a job is known that is as
 * old, for it may wait for what it was promised. A copy without a mark of its use gets one.
 */
const REMOVE_OLD = `
cd "$1" 2>/dev/null || exit 0
mkdir -p used
for copy in copies/*; do
  [ -e "$copy" ] || continue
  mark=used/\${copy##*/}
  [ -e "$mark" ] || : >"$mark"
done
[ -z "$(find owners -type f -mtime +$(($2 - 1)) 2>/dev/null | head -n 1)" ] || exit 0
find used -type f -mtime "+$2" | while IFS= read -r mark; do
  rm -rf "copies/\${mark##*/}" && rm -f "$mark"
done`;

/** Before it is looked what is there. */
export const removeOldCopies = ({ path }: WorkFolder): HostStep => ({
  do: 'run',
  argv: ['sh', '-c', REMOVE_OLD, 'sh', path, String(LIMITS.slurmCopyDaysMax)],
});

/** Marks what a job is about to use; fails where a copy is gone. */
const MARK_USED = `
cd "$1" && shift && mkdir -p used || exit 1
for key; do
  [ -e "copies/$key" ] || { echo "the copy $key is gone" >&2; exit 1; }
  : >"used/$key"
done`;

/** No step where a job uses no copies, as with a shared file system. */
export function markUsed(work: WorkFolder, specs: readonly ContainerSpec[]): HostStep[] {
  const paths = specs.flatMap(({ image, mounts }) => [
    image,
    ...mounts.map(({ source }) => source),
  ]);
  const keys = new Set(
    paths.filter((path) => posix.dirname(path) === work.copies).map((path) => posix.basename(path)),
  );
  if (keys.size === 0) return [];
  return [{ do: 'run', argv: ['sh', '-c', MARK_USED, 'sh', work.path, ...keys], orStop: true }];
}
