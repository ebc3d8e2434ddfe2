import { get, post } from './api.js';
import { element, failureBox, size, tell } from './element.js';
import { fieldOf, textField } from './field.js';
import { faultsOf } from './form-faults.js';
import { upload } from './upload.js';

const LIMITS = [
  ['memory', 'Memory', 'such as 4g'],
  ['cpus', 'Cores', 'such as 2'],
  ['timeout', 'Time', 'such as 2h'],
];
const FOLDERS = [
  ['in', 'Folder of pictures'],
  ['gt', 'Folder of ground truth'],
];

/**
 * A form to launch an app, made from what is said of its inputs; it leads to the run. What is left as it is
 * stays a default in the record.
 *
 * @param {string} app
 * @param {{ description: any, invocationSchema: any }} said
 * @param {Record<string, unknown>} [values] to begin with
 */
export async function launchForm(app, said, values = {}) {
  const { inputs: served = {} } = await get('/service-info');
  const form = new LaunchForm(app, said, served);
  for (const field of form.inputs) if (field.id in values) field.set(values[field.id]);
  return form.node;
}

class LaunchForm {
  constructor(app, { description, invocationSchema: schema }, served) {
    this.app = app;
    this.sent = new Map();
    const send = (files) => this.send(files);
    const { inputs = [], groups = [], dialect } = description;
    this.inputs = inputs.map((input, at) =>
      fieldOf(input, schema.properties[input.id] ?? {}, {
        at,
        group: groupOf(input, groups)?.name,
        served,
        send,
      }),
    );
    this.folders = dialect === 'cytomine-0.1' ? FOLDERS.map((one) => folderField(one, served)) : [];
    this.options = LIMITS.map(([id, label, about]) =>
      textField({ id, label, at: id, about: `${about}; the server's where left empty` }),
    );
    this.problem = element('div', { role: 'alert' });
    this.progress = element('div');
    this.button = element('button', { class: 'main' }, 'Launch');
    this.limits = element(
      'details',
      {},
      element('summary', {}, 'Limits'),
      ...this.options.map(({ node }) => node),
    );
    this.node = element(
      'form',
      { submit: (event) => this.launch(event), novalidate: true, class: 'launch' },
      ...grouped(this.inputs, groups),
      ...this.folders.map(({ node }) => node),
      this.limits,
      this.problem,
      this.progress,
      element('div', { class: 'actions' }, this.button),
    );
  }

  get fields() {
    return [...this.inputs, ...this.folders, ...this.options];
  }

  async launch(event) {
    event.preventDefault();
    if (this.button.getAttribute('aria-disabled') === 'true') return;
    this.problem.replaceChildren();
    const faults = this.fields.map((field) => [field, field.fault()]).filter(([, fault]) => fault);
    for (const field of this.fields) field.tell(undefined);
    if (faults.length > 0) return this.showFaults(faults);
    this.button.setAttribute('aria-disabled', 'true');
    try {
      const { runId } = await post('/runs', { app: this.app, ...(await this.submission()) });
      location.hash = `/runs/${runId}`;
    } catch (error) {
      const { ofFields, rest } = faultsOf(error, this);
      this.showFaults(ofFields, rest);
    }
    this.progress.replaceChildren();
    this.button.removeAttribute('aria-disabled');
  }

  /** Each beside its field; the first faulty field is gone to. */
  showFaults(faults, rest) {
    for (const [field, fault] of faults) field.tell(fault);
    const count = new Set(faults.map(([field]) => field)).size;
    if (rest !== undefined) this.problem.replaceChildren(failureBox(rest));
    else
      this.problem.replaceChildren(
        failureBox({
          message: `Not launched: ${count === 1 ? 'one value needs' : `${count} values need`} another look.`,
        }),
      );
    const first = this.fields.find((field) => faults.some(([faulty]) => faulty === field));
    if (first === undefined) return this.problem.scrollIntoView({ block: 'nearest' });
    if (this.options.includes(first)) this.limits.open = true;
    first.focus();
  }

  async submission() {
    const parameters = await valuesOf(this.inputs);
    const folders = {};
    for (const { id, read } of this.folders) {
      const { files = [], path } = read();
      if (files.length > 0) folders[id] = await this.sendFolder(files);
      else if (path !== '') folders[id] = path;
    }
    return { parameters, folders, options: await valuesOf(this.options) };
  }

  /** What refers to the files, once they are on the server; one that is there already is not sent again. */
  async send(files) {
    const references = [];
    for (const file of files) {
      if (!this.sent.has(file)) this.sent.set(file, await this.sendFile(file));
      references.push({ upload: this.sent.get(file) });
    }
    return references;
  }

  sendFile(file) {
    const bar = element('progress', { max: file.size, value: 0 });
    const text = element('span', {}, `Sending ${file.name}`);
    this.progress.replaceChildren(element('label', {}, text, bar));
    tell(`sending ${file.name}`);
    return upload(file, (bytes) => {
      bar.value = bytes;
      text.textContent = `Sending ${file.name}: ${size(bytes)} of ${size(file.size)}`;
    });
  }

  /** What refers to a folder of these files, once it is on the server. */
  async sendFolder(files) {
    const references = await this.send(files);
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
}

const groupOf = ({ id }, groups) => groups.find(({ members }) => members.includes(id));

/** Fields of a group stand together under its name and rule, where the first of them has its place. */
function grouped(fields, groups) {
  const placed = new Set();
  return fields.flatMap((field) => {
    if (placed.has(field)) return [];
    const group = groupOf(field, groups);
    const inGroup = fields.filter(({ id }) => group?.members.includes(id));
    const together = group === undefined ? [field] : inGroup.filter((one) => !placed.has(one));
    for (const one of together) placed.add(one);
    if (group === undefined) return [field.node];
    return [
      element(
        'fieldset',
        { class: 'group' },
        element('legend', {}, group.name),
        group.description && element('p', { class: 'dim' }, group.description),
        element('p', { class: 'dim' }, ruleText(group, inGroup)),
        ...together.map(({ node }) => node),
      ),
    ];
  });
}

/** `at most one of: a, c` with the names that stand on the form. */
const ruleText = ({ rule, members }, fields) => {
  const words = rule.slice(0, -members.join(', ').length);
  const names = fields.map(({ label }) => label).join(', ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${names}`;
};

async function valuesOf(fields) {
  const values = {};
  for (const { id, read } of fields) {
    const value = await read();
    if (value !== undefined) values[id] = value;
  }
  return values;
}

function folderField([id, label], { paths = false }) {
  const at = `folder-${id}`;
  const files = element('input', {
    id: `field-${at}`,
    type: 'file',
    webkitdirectory: true,
    multiple: true,
  });
  const path = element('input', { id: `field-${at}-path` });
  const other = element(
    'details',
    {},
    element('summary', {}, 'Or a folder on the server'),
    element('label', { for: path.id }, `${label}: path on the server`),
    path,
  );
  const control = {
    node: element('div', {}, files, paths && other),
    marked: [files],
    read: () => ({ files: [...files.files], path: path.value.trim() }),
    fault: () => undefined,
    set: () => undefined,
  };
  return textField({ id, label, at, control, about: '' });
}
