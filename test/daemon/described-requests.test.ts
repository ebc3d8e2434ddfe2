import fc from 'fast-check';
import { expect, test, vi } from 'vitest';

import { answerFault } from '../support/answer-rules.ts';
import { apiRequests, type WireRequest } from '../support/api-requests.ts';
import { furnishedServer } from '../support/furnished-server.ts';
import { responseCheck, type ResponseCheck } from '../support/response-check.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient, type WireAnswer } from '../support/wire-client.ts';

vi.setConfig({ testTimeout: 600_000 });

/** For a longer search: how many requests, and which. */
const { CYTO_RUN_REQUESTS = '600', CYTO_RUN_SEED = '5' } = process.env;
const API = '/runner/v1';

test('whatever is asked is answered as the description says, and never with a failure of the server', async () => {
  await using home = await temporaryFolder();
  await using furnished = await furnishedServer(home.path);
  const { server, description, known, token } = furnished;
  using client = new WireClient(server.url);
  const check = await responseCheck(server.url);
  const authorization = `Bearer ${token}`;
  await fc.assert(
    fc.asyncProperty(apiRequests(description, known), async ({ headers, ...request }) => {
      const answer = await client.send({ ...request, headers: { authorization, ...headers } });
      expect(answerFault(request, answer)).toBeUndefined();
      holdToDescription(request, answer, check);
    }),
    { numRuns: Number(CYTO_RUN_REQUESTS), seed: Number(CYTO_RUN_SEED) },
  );
  const after = await server.request('GET', '/runs', { headers: { authorization } });
  expect(after.status).toBe(200);
  expect(server.story()).not.toContain('"level":"error"');
});

/** What is not described is refused; what is, is answered with what the description has for that status. */
function holdToDescription(
  { method, path }: Pick<WireRequest, 'method' | 'path'>,
  { status, headers, body }: WireAnswer,
  check: ResponseCheck,
): void {
  if (!path.startsWith(`${API}/`) || status >= 400) return;
  const isJson = headers.get('content-type')?.includes('json') === true;
  const text = body.toString();
  check({
    method,
    path: path.slice(API.length),
    response: { status, headers },
    ...{ answer: text === '' ? undefined : isJson ? JSON.parse(text) : text },
  });
}
