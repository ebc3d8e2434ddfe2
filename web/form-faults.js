import { hintHere } from './words.js';

/**
 * What of a refusal belongs to which field, in words that fit beside it; `rest` is told by itself.
 *
 * @param {any} problem as the server tells it
 * @param {{ inputs: any[], options: any[] }} fields of the app, and of how it is run
 * @returns {{ ofFields: [any, string][], rest: any }}
 */
export function faultsOf(problem, { inputs, options }) {
  const faults = partsOf(problem).map((part) => ({
    ...part,
    field: (part.isOption ? options : inputs).find(({ id }) => id === part.id),
  }));
  const byField = new Map();
  for (const { field, text } of faults)
    if (field !== undefined)
      byField.set(field, [byField.get(field), text].filter(Boolean).join(' '));
  const others = faults.filter(({ field }) => field === undefined);
  const isToldBeside = byField.size > 0 && others.length === 0;
  const message = others.length > 0 ? others.map(({ text }) => text).join(' ') : problem.message;
  return {
    ofFields: [...byField],
    rest: isToldBeside ? undefined : { message, hint: problem.hint },
  };
}

function partsOf({ code, message, hint, details = {} }) {
  if (code === 'invocation-invalid' && details.diagnostics !== undefined)
    return details.diagnostics
      .filter(({ strength }) => strength === 'error')
      .map((diagnostic) => ({ id: idOf(diagnostic.pointer), text: wordsOf(diagnostic) }));
  if (code === 'usage' && details.faults !== undefined)
    return details.faults.map((fault) => ({
      id: fault.source?.name,
      isOption: true,
      text: sentence(fault.message, fault.hint),
    }));
  const texts = code === 'path-refused' ? (details.faults ?? [message]) : [message];
  return texts.map((text) => {
    const [, id] = /^([^:\s]+): /.exec(text) ?? [];
    return { id, text: sentence(id === undefined ? text : text.slice(id.length + 2), hint) };
  });
}

/** The first step of a JSON pointer: the input. */
const idOf = (pointer = '') =>
  pointer.split('/').at(1)?.replaceAll('~1', '/').replaceAll('~0', '~');

/** How it is mended on a command line is no use here. */
const wordsOf = ({ code, message, mend }) =>
  sentence(message.replaceAll('`', ''), code === 'invocation.required' ? undefined : mend);

function sentence(message, hint) {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  const ended = /[.!?]$/.test(text) ? text : `${text}.`;
  return [ended, hintHere(hint)].filter(Boolean).join(' ');
}
