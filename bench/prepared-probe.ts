import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseDescriptor, parseInvocation } from '../src/descriptor/index.ts';
import type { PreparedRun, RunOptions } from '../src/runner/index.ts';

/** `apps/probe` asked to tell its arguments, as the command line would prepare it. */
export function preparedProbe(
  root: string,
  options: Pick<RunOptions, 'engine' | 'imageOverride'>,
): Omit<PreparedRun, 'runId'> {
  const descriptorPath = join(root, 'apps/probe/descriptor.json');
  const descriptorText = readFileSync(descriptorPath, 'utf8');
  const { descriptor } = parseDescriptor(descriptorText);
  if (descriptor === undefined) throw new Error('the descriptor of the probe is invalid');
  const { invocation } = parseInvocation(descriptor, {
    user: { verbs: { kind: 'text', texts: ['argv'] } },
  });
  if (invocation === undefined) throw new Error('the invocation of the probe is invalid');
  return {
    descriptor,
    invocation,
    environment: {},
    inputs: [],
    created: {
      app: {
        name: descriptor.name,
        dialect: descriptor.dialect,
        descriptorPath,
        descriptorText,
        descriptorSha256: '0'.repeat(64),
      },
      parameters: invocation.map(({ inputId, value, source, secret }) => ({
        inputId,
        type: 'String',
        value,
        source,
        secret,
      })),
      folders: {},
      options: {
        pull: 'missing',
        build: false,
        network: 'none',
        user: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
        readOnlyRoot: true,
        stopGraceMs: 10_000,
        environment: {},
        mounts: [],
        ...options,
      },
      callerFolder: root,
      runnerVersion: '0',
      host: 'bench',
      user: 'bench',
    },
  };
}
