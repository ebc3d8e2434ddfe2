import { fileSize } from '../../base/file-size.ts';
import type { RunPhase } from '../../runner/index.ts';

/** What is being done in each phase. */
export const PHASE_TEXT: Record<RunPhase, string> = {
  stage: 'placing the inputs',
  pull: 'bringing the image',
  create: 'making the container',
  wait: 'waiting',
  run: 'the app runs',
  collect: 'collecting the outputs',
};

/** `120 MB of 312 MB`, or what is known of it. */
export const bytesText = (received: number, total: number | undefined): string =>
  total === undefined ? fileSize(received) : `${fileSize(received)} of ${fileSize(total)}`;

/** That something is waited for, said once. */
export const waitingText = (reason: string): string =>
  /^waiting\b/i.test(reason) ? reason : `waiting: ${reason}`;
