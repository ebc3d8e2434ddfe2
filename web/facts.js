import { element, row, size, table, timeOf, took } from './element.js';
import { inputsOf } from './run-inputs.js';
import { shortTime, ZONE } from './words.js';

/** What is to be known of a run beside how it stands. */
export function factsOf(record) {
  const { phases, parameters, container } = record;
  const command = container?.shellLine ?? container?.argv.join(' ');
  return [
    ...section('About', [aboutOf(record)]),
    ...section('Timeline', [
      phases.length === 0 && element('p', {}, 'It has not begun.'),
      phases.length > 0 &&
        table('Timeline', ['Step', `Began (${ZONE})`, 'Took'], phases.map(phaseRow)),
    ]),
    ...section('Parameters', [
      parameters.length === 0 && element('p', {}, 'None.'),
      parameters.length > 0 &&
        table(
          'Parameters',
          ['Name', 'Value', 'From'],
          parameters.map(({ inputId, value, source }) => row(inputId, textOf(value), source)),
        ),
    ]),
    ...inputsOf(record),
    ...(command === undefined
      ? []
      : section('Command', [element('pre', { tabindex: '0' }, command)])),
  ];
}

const section = (title, parts) => [element('h2', {}, title), ...parts.filter(Boolean)];

function aboutOf(record) {
  const { app, queue, user, createdAt, endedAt, batch, rerunOf, image, container, exit } = record;
  const appName = `${app.name} ${app.version ?? ''}`;
  const runLink = (id) => element('a', { href: `#/runs/${id}` }, id);
  const facts = [
    ['Run', record.runId],
    [
      'App',
      app.version === undefined
        ? appName
        : element(
            'a',
            { href: `#/apps/${encodeURIComponent(app.name)}/${encodeURIComponent(app.version)}` },
            appName,
          ),
    ],
    ['Asked for', element('span', {}, timeOf(createdAt), ` by ${queue?.submitter ?? user}`)],
    ['Ended', endedAt && timeOf(endedAt)],
    [
      'Batch',
      batch &&
        element(
          'span',
          {},
          element('a', { href: `#/batches/${encodeURIComponent(batch.id)}` }, batch.id),
          `, ${batch.item}`,
        ),
    ],
    ['Repeats', rerunOf && runLink(rerunOf)],
    ['Image', image && `${image.reference} ${image.digest ?? image.id ?? ''}`],
    ['Engine', container && `${container.engine.name} ${container.engine.version}`],
    ['Attempt', container?.attempt > 1 && String(container.attempt)],
    ['Exit code', exit && String(exit.exitCode)],
    ['Peak memory', exit?.peakMemoryBytes && size(exit.peakMemoryBytes)],
    ['CPU time', exit?.cpuSeconds && `${exit.cpuSeconds.toFixed(1)} s`],
  ];
  return element(
    'dl',
    {},
    ...facts
      .filter(([, value]) => value)
      .map(([name, value]) =>
        element('div', {}, element('dt', {}, name), element('dd', {}, value)),
      ),
  );
}

const phaseRow = ({ phase, startedAt, endedAt }) =>
  row(
    phase,
    element('time', { datetime: startedAt }, shortTime(startedAt)),
    element('span', { class: 'short' }, endedAt === undefined ? '…' : took(startedAt, endedAt)),
  );

function textOf(value) {
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return typeof value === 'object' && value !== null ? value.text : String(value);
}
