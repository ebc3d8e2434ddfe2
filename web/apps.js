import { get } from './api.js';
import { element, list, row, timeOf } from './element.js';
import { launchForm } from './launch-form.js';

/** Apps that can be launched. */
export async function appsPage() {
  const apps = await allApps();
  return [
    element('h1', {}, 'Apps'),
    apps.length === 0
      ? element(
          'p',
          {},
          'No apps yet. Who runs the server registers one: ',
          element('code', {}, 'cyto-run apps register DESCRIPTOR'),
          ', or POST /runner/v1/apps.',
        )
      : list(
          'Apps',
          ['App', 'Version', 'Registered', 'Note'],
          apps.map((app) =>
            row(
              element(
                'a',
                {
                  href: `#/apps/${encodeURIComponent(app.name)}/${encodeURIComponent(app.version)}`,
                },
                app.name,
              ),
              app.version,
              timeOf(app.createdAt),
              app.enabled ? (app.deprecated ?? '') : 'disabled',
            ),
          ),
        ),
  ];
}

/** All pages of them. */
async function allApps() {
  const { apps, nextCursor } = await get('/apps?limit=1000');
  for (let cursor = nextCursor; cursor !== undefined;) {
    const page = await get(`/apps?limit=1000&cursor=${encodeURIComponent(cursor)}`);
    apps.push(...page.apps);
    cursor = page.nextCursor;
  }
  return apps;
}

/** What an app does, and a form to launch it, made from its descriptor. */
export async function appPage([name, version], query) {
  const said = await get(`/apps/${encodeURIComponent(name)}/${encodeURIComponent(version)}`);
  const { description, app } = said;
  return [
    element('h1', {}, `${name} ${version}`),
    element('p', {}, description.description ?? ''),
    app.deprecated && element('p', { class: 'failure' }, app.deprecated),
    await launchForm(`${name}@${version}`, said, await valuesOf(query.get('from'))),
  ].filter(Boolean);
}

/** What a user gave to another run, to begin with. */
async function valuesOf(runId) {
  if (runId === null) return {};
  const { parameters } = await get(`/runs/${encodeURIComponent(runId)}`);
  const given = parameters.filter(({ source, secret }) => source === 'user' && !secret);
  return Object.fromEntries(given.map(({ inputId, value }) => [inputId, value]));
}
