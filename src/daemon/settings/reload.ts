import { ERROR_CODES, RunnerError } from '../../base/errors.ts';
import { LIMITS } from '../../base/limits.ts';
import { readOver, settingsError, type Configuration, type ReadAgain } from '../../site/index.ts';
import type { AuditStore } from '../../store/index.ts';
import { servingFaults } from '../check-serving.ts';
import type { ServerLog } from '../log/index.ts';
import type { RunningSettings } from './running-settings.ts';

export interface ReloadPorts {
  readonly settings: RunningSettings;
  /** The configuration as it is written now, with the flags of the start. */
  readonly read: () => Promise<Configuration>;
  /** Who does not look for himself is told before the settings are replaced; when one throws they are not. */
  readonly hearers: readonly ((next: Configuration, applied: readonly string[]) => void)[];
  readonly audit: Pick<AuditStore, 'add'>;
  readonly log: ServerLog;
  /** Hears of failures of ours. */
  readonly report: (error: unknown) => void;
}

/**
 * Reads the configuration again and goes by it: all of it, or, when anything in it is wrong, nothing. What
 * changed, and what needs another start, is told in the log and kept in the audit log. Never rejects.
 */
export async function reload(ports: ReloadPorts): Promise<void> {
  const { settings, log, report } = ports;
  try {
    const next = await ports.read();
    const faults = servingFaults(next);
    if (faults.length > 0) throw settingsError(next, faults);
    const read = readOver(settings.current, next);
    for (const hear of ports.hearers) hear(read.configuration, read.applied);
    settings.replace(read.configuration);
    tell(read, next.warnings, log);
    write(ports, { target: [...read.applied, ...read.kept.map(keptText)], status: 200 });
  } catch (error) {
    if (!(error instanceof RunnerError)) {
      report(error);
      return;
    }
    const { code, message, hint } = error;
    log.error(
      { code, ...(hint === undefined ? {} : { hint }) },
      `the settings stay as they are: ${message}`,
    );
    write(ports, { target: [], status: ERROR_CODES[code].httpStatus, code });
  }
}

const keptText = (key: string): string => `${key} (after a restart)`;

function tell({ applied, kept }: ReadAgain, warnings: readonly string[], log: ServerLog): void {
  for (const warning of warnings) log.warn(warning);
  const news = applied.length === 0 ? 'nothing in it is new' : `new are ${applied.join(', ')}`;
  log.info({ applied }, `the configuration was read again: ${news}`);
  if (kept.length > 0)
    log.warn({ kept }, `${kept.join(', ')}: this changes with the next start of the server only`);
}

/** That it cannot be written (a full disk) does not undo what was done. */
function write(
  { audit, report }: ReloadPorts,
  {
    target,
    ...entry
  }: { readonly target: readonly string[]; readonly status: number; readonly code?: string },
): void {
  try {
    audit.add({
      ...{ via: 'signal', from: 'localhost', action: 'reload', ...entry },
      target: target.join(', ').slice(0, LIMITS.auditTargetCharsMax),
    });
  } catch (error) {
    report(error);
  }
}
