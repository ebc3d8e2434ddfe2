import { element } from './element.js';

/**
 * Asks before something that cannot be taken back. Escape is no.
 *
 * @param {string} question
 * @param {string} yes what is done, as on its button
 * @param {string} no what it is left at
 * @returns {Promise<boolean>}
 */
export function confirmed(question, yes, no) {
  const { promise, resolve } = Promise.withResolvers();
  const dialog = element(
    'dialog',
    { 'aria-labelledby': 'question', close: () => end() },
    element('p', { id: 'question' }, question),
    element(
      'form',
      { method: 'dialog', class: 'actions' },
      element('button', { value: 'no', autofocus: true }, no),
      element('button', { value: 'yes', class: 'bad' }, yes),
    ),
  );
  const end = () => {
    dialog.remove();
    resolve(dialog.returnValue === 'yes');
  };
  document.body.append(dialog);
  dialog.showModal();
  return promise;
}
