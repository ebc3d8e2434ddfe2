import { createParser } from './eventsource-parser.js';

const ROOT = '/runner/v1';
const TOKEN = 'cyto-run token';

/** What the server says of a failure: problem details (RFC 9457). */
export class Problem extends Error {
  constructor(problem, status) {
    super(problem.detail ?? `the server answered ${status}`);
    this.status = status;
    this.code = problem.code ?? 'internal';
    this.hint = problem.hint;
    this.details = problem.details;
  }
}

/** Kept for this tab alone. */
export const setToken = (token) => sessionStorage.setItem(TOKEN, token);

export const hasToken = () => sessionStorage.getItem(TOKEN) !== null;

function headers(more) {
  const token = sessionStorage.getItem(TOKEN);
  return { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...more };
}

/**
 * @param {unknown} [body] sent as JSON; a Blob as it is
 * @returns {Promise<Response>} an answer that is no failure; throws a Problem for one that is
 */
export async function ask(method, path, body, more = {}) {
  const isJson = body !== undefined && !(body instanceof Blob);
  const response = await fetch(`${ROOT}${path}`, {
    method,
    headers: headers({ ...(isJson ? { 'content-type': 'application/json' } : {}), ...more }),
    ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body }),
  });
  if (response.ok) return response;
  throw new Problem(await response.json().catch(() => ({})), response.status);
}

export const get = async (path) => (await ask('GET', path)).json();
export const post = async (path, body = {}) => (await ask('POST', path, body)).json();

/**
 * Follows a run until its end or until the signal fires; a broken connection is taken up behind the last
 * message that came.
 */
export async function follow(runId, onMessage, signal) {
  let last = '';
  let isOver = false;
  for (let waitMs = 500; !isOver && !signal.aborted; waitMs = Math.min(waitMs * 2, 10_000)) {
    try {
      const response = await fetch(`${ROOT}/runs/${encodeURIComponent(runId)}/stream`, {
        headers: headers(last === '' ? {} : { 'last-event-id': last }),
        signal,
      });
      if (!response.ok) throw new Problem(await response.json().catch(() => ({})), response.status);
      const parser = createParser({
        onEvent: ({ id, event, data }) => {
          last = id ?? last;
          waitMs = 500;
          const message = JSON.parse(data);
          isOver = event === 'event' && message.type === 'state' && isEnd(message.state);
          onMessage(event, message);
        },
      });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read())
        parser.feed(part.value);
    } catch (error) {
      if (signal.aborted || (error instanceof Problem && error.status < 500)) return;
    }
    if (!isOver) await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

export const isEnd = (state) =>
  ['COMPLETE', 'EXECUTOR_ERROR', 'SYSTEM_ERROR', 'CANCELED', 'PREEMPTED'].includes(state);
