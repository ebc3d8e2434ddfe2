import { systemClock } from '../../base/clock.ts';
import type { Configuration } from '../../site/index.ts';
import { addressRule } from '../outward/index.ts';
import { outwardPost } from './post.ts';
import { sendTest, type TestTarget } from './send-test.ts';

/**
 * Sends a test as the server of that configuration would, whether it runs or not. Returns the status
 * that was answered; throws as `sendTest` does.
 */
export const testWebhook = (
  target: TestTarget,
  { values }: Pick<Configuration, 'values'>,
  dataId: string,
): Promise<number> =>
  sendTest(target, {
    source: `/cyto-run/${dataId}`,
    clock: systemClock,
    post: outwardPost(addressRule(values['serve.webhook-networks'])),
    signal: new AbortController().signal,
  });
