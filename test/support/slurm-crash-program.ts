/**
 * A program that submits a job and is gone at one step of it: `node slurm-crash-program.ts OPTIONS SPEC
 * STEP`, the first two JSON. Dies as by SIGKILL before that step is done; prints `submitted` when it
 * came to the end.
 */
import { systemClock } from '../../src/base/clock.ts';
import type { ContainerSpec } from '../../src/container/index.ts';
import type { SlurmHost } from '../../src/container/slurm/host.ts';
import { slurmEngine, type SlurmOptions } from '../../src/container/slurm/index.ts';
import { localHost } from '../../src/container/slurm/local-host.ts';
import { resolveImageFile } from './slurm-engines.ts';

const [optionsText = '', specText = '', stepText = ''] = process.argv.slice(2);
const local = localHost(systemClock);
let done = 0;

/** Each step by itself, so that there is a moment between any two. */
const host: SlurmHost = {
  title: 'a machine that dies',
  async ask(steps, options) {
    // Only the submission is broken off.
    if (!steps.some((step) => step.do === 'make-folder')) return local.ask(steps, options);
    const answers = [];
    for (const step of steps) {
      if (done++ === Number(stepText)) process.kill(process.pid, 'SIGKILL');
      answers.push(...(await local.ask([step], options)));
    }
    return answers;
  },
  put: (...args) => local.put(...args),
  get: (...args) => local.get(...args),
};

const engine = slurmEngine(JSON.parse(optionsText) as SlurmOptions, {
  resolveImage: resolveImageFile,
  host,
});
await engine.start(JSON.parse(specText) as ContainerSpec, new AbortController().signal);
process.stdout.write('submitted\n');
process.kill(process.pid, 'SIGKILL');
