import { Problem, setToken } from './api.js';
import { appPage, appsPage } from './apps.js';
import { batchesPage, batchPage } from './batches.js';
import { element, failureBox, tell } from './element.js';
import { queuePage } from './queue.js';
import { runPage } from './run.js';
import { runsPage } from './runs.js';

/** Pages by the part behind `#`: the first that matches. Each returns what is shown; `signal` fires when it is left. */
const PAGES = [
  [/^\/runs$/, runsPage],
  [/^\/runs\/([^/]+)$/, runPage],
  [/^\/queue$/, queuePage],
  [/^\/batches$/, batchesPage],
  [/^\/batches\/([^/]+)$/, batchPage],
  [/^\/apps$/, appsPage],
  [/^\/apps\/([^/]+)\/([^/]+)$/, appPage],
];

let left = new AbortController();

async function show() {
  left.abort();
  left = new AbortController();
  const { signal } = left;
  tell('');
  const [path = '', query = ''] = (location.hash.slice(1) || '/runs').split('?');
  const content = document.getElementById('content');
  for (const link of document.querySelectorAll('nav a'))
    if (path.startsWith(link.getAttribute('href').slice(1)))
      link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  try {
    const [pattern, page] = PAGES.find(([pattern]) => pattern.test(path)) ?? [/^/, noPage];
    const parts = pattern.exec(path).slice(1).map(decodeURIComponent);
    const shown = await page(parts, new URLSearchParams(query), signal);
    if (signal.aborted) return;
    content.replaceChildren(...shown);
  } catch (error) {
    if (signal.aborted) return;
    content.replaceChildren(...failure(error));
  }
  const title = content.querySelector('h1');
  document.title = title === null ? 'cyto-run' : `${title.textContent} – cyto-run`;
  title?.setAttribute('tabindex', '-1');
  title?.focus();
}

const noPage = () => [
  element('h1', {}, 'There is no such page'),
  element('p', {}, 'Go to the ', element('a', { href: '#/runs' }, 'list of runs'), '.'),
];

function failure(error) {
  if (error instanceof Problem && error.status === 401) return askForToken();
  return [
    element('h1', {}, 'That did not work'),
    failureBox(error),
    element('p', {}, element('button', { click: show }, 'Try again')),
  ];
}

function askForToken() {
  const input = element('input', {
    type: 'password',
    autocomplete: 'current-password',
    required: true,
  });
  const enter = (event) => {
    event.preventDefault();
    setToken(input.value);
    show();
  };
  return [
    element('h1', {}, 'This server wants a token'),
    element(
      'form',
      { submit: enter, class: 'field' },
      element('label', {}, 'Token', input),
      element(
        'p',
        {},
        'Kept for this tab alone. Who runs the server makes one with cyto-run token create.',
      ),
      element('button', { class: 'main' }, 'Enter'),
    ),
  ];
}

addEventListener('hashchange', show);
show();
