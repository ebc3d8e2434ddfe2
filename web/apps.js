import { get, post } from './api.js';
import { ago, element, row, table, tell } from './element.js';

/** Apps that can be launched. */
export async function appsPage() {
  const apps = await get('/apps');
  return [
    element('h1', {}, 'Apps'),
    apps.length === 0
      ? element(
          'p',
          {},
          'No apps yet. Who runs the server registers one with POST /runner/v1/apps.',
        )
      : table(
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
              element('time', { datetime: app.createdAt }, ago(app.createdAt)),
              app.enabled ? (app.deprecated ?? '') : 'disabled',
            ),
          ),
        ),
  ];
}

/** What an app does, and a form to launch it, made from its descriptor. */
export async function appPage([name, version]) {
  const { description, app } = await get(
    `/apps/${encodeURIComponent(name)}/${encodeURIComponent(version)}`,
  );
  const inputs = description.inputs ?? [];
  const problem = element('div', { role: 'alert' });
  const launch = async (event) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    try {
      const run = await post('/runs', { app: `${name}@${version}`, ...submission(inputs, fields) });
      location.hash = `/runs/${run.runId}`;
    } catch (error) {
      tell(error.message);
      problem.replaceChildren(
        element(
          'div',
          { class: 'failure' },
          element('p', {}, error.message),
          error.hint && element('p', { class: 'dim' }, error.hint),
        ),
      );
      problem.scrollIntoView({ block: 'nearest' });
    }
  };
  return [
    element('h1', {}, `${name} ${version}`),
    element('p', {}, description.description ?? ''),
    app.deprecated && element('p', { class: 'failure' }, app.deprecated),
    element(
      'form',
      { submit: launch },
      ...inputs.map(field),
      ...(description.dialect === 'cytomine-0.1' ? folderFields() : []),
      element('details', {}, element('summary', {}, 'Limits'), ...LIMITS.map(limitField)),
      problem,
      element('div', { class: 'actions' }, element('button', { class: 'main' }, 'Launch')),
    ),
  ].filter(Boolean);
}

const LIMITS = [
  ['memory', 'Memory, for example 4g'],
  ['cpus', 'Cores, for example 2'],
  ['timeout', 'Time, for example 2h'],
];

const limitField = ([name, label]) =>
  element(
    'div',
    { class: 'field' },
    element('label', {}, label, element('input', { name: `option ${name}` })),
  );

const folderFields = () =>
  [
    ['in', 'Folder of pictures on the server'],
    ['gt', 'Folder of ground truth on the server'],
  ].map(([name, label]) =>
    element(
      'div',
      { class: 'field' },
      element('label', {}, label, element('input', { name: `folder ${name}` })),
    ),
  );

function field(input) {
  const { id, name, description, required, default: initial } = input;
  const about = `about ${id}`;
  return element(
    'div',
    { class: 'field' },
    element('label', {}, `${name ?? id}${required ? ' (required)' : ''}`, control(input, about)),
    element(
      'p',
      { id: about },
      [
        description,
        input.range ?? input.kind,
        initial === undefined ? undefined : `default ${initial}`,
        ...(input.rules ?? []),
      ]
        .filter(Boolean)
        .join(' · '),
    ),
  );
}

const isSwitch = (kind) => kind === 'switch' || kind === 'true or false';
const isList = (kind) => kind.startsWith('list of');

function control({ id, kind, choices, required }, about) {
  const name = `value ${id}`;
  const common = { name, 'aria-describedby': about, required };
  if (choices !== undefined && choices.length > 0 && !isList(kind))
    return element(
      'select',
      common,
      element('option', { value: '' }, '–'),
      ...choices.map((choice) => element('option', {}, String(choice))),
    );
  if (isSwitch(kind))
    return element(
      'select',
      common,
      ...['', 'true', 'false'].map((value) => element('option', { value }, value || '–')),
    );
  return element('input', { ...common, inputmode: kind.endsWith('number') ? 'decimal' : null });
}

/** What is no number stays text, for the server to say what is wrong with it. */
function valueOf(kind, text) {
  if (isSwitch(kind)) return text === 'true';
  return /numbers?\b/.test(kind) && text.trim() !== '' && Number.isFinite(Number(text))
    ? Number(text)
    : text;
}

function submission(inputs, fields) {
  const parameters = {};
  for (const { id, kind } of inputs) {
    const text = String(fields.get(`value ${id}`) ?? '');
    if (text === '') continue;
    const items = isList(kind) ? text.split(',').map((item) => item.trim()) : [text];
    const values = items.map((item) => valueOf(kind, item));
    parameters[id] = isList(kind) ? values : values[0];
  }
  const part = (prefix) =>
    Object.fromEntries(
      [...fields]
        .filter(([name, value]) => name.startsWith(prefix) && value !== '')
        .map(([name, value]) => [name.slice(prefix.length), value]),
    );
  return { parameters, folders: part('folder '), options: part('option ') };
}
