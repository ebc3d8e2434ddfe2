import { post } from './api.js';
import { element, failureBox, size, tell } from './element.js';
import { upload } from './upload.js';

const LIMITS = [
  ['memory', 'Memory, for example 4g'],
  ['cpus', 'Cores, for example 2'],
  ['timeout', 'Time, for example 2h'],
];

/** A form to launch an app, made from what is said of its inputs; it leads to the run. */
export function launchForm(app, { inputs = [], dialect }) {
  const problem = element('div', { role: 'alert' });
  const button = element('button', { class: 'main' }, 'Launch');
  const launch = async (event) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    button.disabled = true;
    problem.replaceChildren();
    try {
      const { runId } = await post('/runs', { app, ...(await submission(inputs, fields)) });
      location.hash = `/runs/${runId}`;
    } catch (error) {
      tell(error.message);
      problem.replaceChildren(failureBox(error));
      problem.scrollIntoView({ block: 'nearest' });
    }
    button.disabled = false;
  };
  return element(
    'form',
    { submit: launch },
    ...inputs.map(field),
    ...(dialect === 'cytomine-0.1' ? folderFields() : []),
    element('details', {}, element('summary', {}, 'Limits'), ...LIMITS.map(limitField)),
    problem,
    element('div', { class: 'actions' }, button),
  );
}

const limitField = ([name, label]) =>
  element(
    'div',
    { class: 'field' },
    element('label', {}, label, element('input', { name: `option ${name}` })),
  );

const FOLDERS = [
  ['in', 'Folder of pictures'],
  ['gt', 'Folder of ground truth'],
];

const folderFields = () =>
  FOLDERS.map(([name, label]) =>
    element(
      'div',
      { class: 'field' },
      element(
        'label',
        {},
        label,
        element('input', {
          type: 'file',
          name: `files ${name}`,
          webkitdirectory: true,
          multiple: true,
        }),
      ),
      onServer(label, `folder ${name}`),
    ),
  );

/** In place of what is sent, what the server has. */
const onServer = (label, name) =>
  element(
    'details',
    {},
    element('summary', {}, 'It is on the server'),
    element('label', {}, `${label}: path on the server`, element('input', { name })),
  );

function field(input) {
  const { id, name, description, required, default: initial } = input;
  const about = `about ${id}`;
  const label = `${name ?? id}${required ? ' (required)' : ''}`;
  return element(
    'div',
    { class: 'field' },
    ...(isFile(input.kind)
      ? fileControls(input, label, about)
      : [element('label', {}, label, control(input, about))]),
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
const isFile = (kind) => kind === 'file' || kind === 'list of files';

/** One of this machine, which is sent, or one that the server has. */
function fileControls({ id, name, kind }, label, about) {
  return [
    element(
      'label',
      {},
      label,
      element('input', {
        type: 'file',
        name: `file ${id}`,
        multiple: isList(kind),
        'aria-describedby': about,
      }),
    ),
    onServer(name ?? id, `value ${id}`),
  ];
}

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

async function submission(inputs, fields) {
  const parameters = {};
  for (const { id, kind } of inputs) {
    const files = chosen(fields, `file ${id}`);
    const text = String(fields.get(`value ${id}`) ?? '');
    if (text === '' && files.length === 0) continue;
    const items = isList(kind) ? text.split(',').map((item) => item.trim()) : [text];
    const values = files.length > 0 ? await sent(files) : items.map((item) => valueOf(kind, item));
    parameters[id] = isList(kind) ? values : values[0];
  }
  const folders = {};
  for (const [name] of FOLDERS) {
    const files = chosen(fields, `files ${name}`);
    const path = fields.get(`folder ${name}`) ?? '';
    if (files.length > 0) folders[name] = await sentFolder(files);
    else if (path !== '') folders[name] = path;
  }
  const part = (prefix) =>
    Object.fromEntries(
      [...fields]
        .filter(([name, value]) => name.startsWith(prefix) && value !== '')
        .map(([name, value]) => [name.slice(prefix.length), value]),
    );
  return { parameters, folders, options: part('option ') };
}

/** A browser names a file even where none was chosen. */
const chosen = (fields, name) =>
  fields.getAll(name).filter(({ name: file, size: bytes }) => file !== '' || bytes > 0);

/** What refers to a folder of these files, once it is on the server. */
async function sentFolder(files) {
  const references = await sent(files);
  const [name] = files[0].webkitRelativePath.split('/');
  const { id } = await post('/uploads/folders', {
    name,
    files: files.map(({ webkitRelativePath: path }, at) => ({
      path: path.slice(name.length + 1),
      upload: references[at].upload,
    })),
  });
  return { upload: id };
}

/** What refers to the files, once they are on the server. */
async function sent(files) {
  const references = [];
  for (const file of files) {
    const of = ` of ${size(file.size)}`;
    tell(`sending ${file.name}`);
    const id = await upload(file, (bytes) => tell(`sending ${file.name}: ${size(bytes)}${of}`));
    references.push({ upload: id });
  }
  return references;
}
