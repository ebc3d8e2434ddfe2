import { RunnerError } from '../base/errors.ts';
import type { ContainerEngine } from '../container/index.ts';
import type { EventBody, RunOptions } from './events.ts';

/**
 * Settles a GPU request before anything is started; an engine is asked what it has only where there is
 * one. Without a GPU here: `gpu-unavailable`, or, where the request is optional, a run without one
 * and a warning in the record.
 */
export async function checkGpus(
  options: RunOptions,
  engine: Pick<ContainerEngine, 'info'>,
): Promise<{ readonly options: RunOptions; readonly warnings: readonly EventBody[] }> {
  if (options.gpus === undefined) return { options, warnings: [] };
  const info = await engine.info();
  if (info.gpus === 'available') return { options, warnings: [] };
  if (options.gpusOptional !== true)
    throw new RunnerError('gpu-unavailable', `the ${info.name} engine here has no GPU to give`, {
      hint: 'Install the NVIDIA container toolkit, or allow a run without GPU with --gpus optional.',
    });
  const { gpus: _gpus, ...withoutGpus } = options;
  return {
    options: withoutGpus,
    warnings: [
      {
        type: 'warning',
        code: 'gpu-absent',
        message: `no GPU on the ${info.name} engine: the app runs without one, as was allowed`,
      },
    ],
  };
}
