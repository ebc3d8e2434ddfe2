import { element } from './element.js';
import { saver } from './save.js';
import { visible } from './words.js';

/** What of a log is shown: the page of a run that writes gigabytes stays usable. */
export const SHOWN_CHARS_MAX = 400_000;
const ESCAPE = String.fromCharCode(27);
/** Colours and the like (ECMA-48, control sequences). */
const CONTROL = new RegExp(`${ESCAPE}\\[[0-9:;<=>?]*[ -/]*[@-~]`, 'g');

/** What an app writes, as it comes. Not announced: nobody wants a log read out while it grows. */
export class LogView {
  constructor(runId) {
    this.chars = 0;
    this.isCut = false;
    this.log = element('pre', {
      tabindex: '0',
      role: 'log',
      'aria-live': 'off',
      'aria-label': 'What the app writes',
    });
    this.said = element('p', { class: 'dim' });
    const all = `/runs/${runId}/logs`;
    this.parts = [
      element('h2', {}, 'Log'),
      this.log,
      this.said,
      element(
        'p',
        { class: 'dim' },
        'Whole: ',
        saver(`${all}/stdout`, `${runId}.stdout`, 'stdout'),
        ' · ',
        saver(`${all}/stderr`, `${runId}.stderr`, 'stderr'),
        ' (in grey)',
      ),
    ];
  }

  /** @param {number | undefined} bytes of the whole log, once it is known */
  tellEmpty(bytes) {
    if (this.log.childNodes.length > 0 || bytes > 0) return;
    this.said.textContent = bytes === 0 ? 'The app wrote nothing.' : 'Nothing is written yet.';
  }

  /** The end of a log that is over, as JSON lines. */
  showEnd(lines) {
    this.isCut = true;
    for (const line of lines.split('\n')) if (line !== '') this.append(JSON.parse(line));
  }

  append({ stream, text, base64 }) {
    const { log } = this;
    const isAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 40;
    const shown = text ?? `[${base64.length} characters of base64: not text]\n`;
    // A progress bar goes back to the beginning of its line: so does what is shown of it.
    for (const part of shown.replaceAll(CONTROL, '').split(/(?=\r(?!\n))/))
      this.appendPart(stream, part);
    while (this.chars > SHOWN_CHARS_MAX && log.childNodes.length > 1) {
      this.chars -= log.firstChild.textContent.length;
      log.firstChild.remove();
      this.isCut = true;
    }
    this.said.textContent = this.isCut ? 'Only the end is shown here.' : '';
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  }

  appendPart(stream, part) {
    const last = this.log.lastChild;
    const isRedrawn = part.startsWith('\r') && !part.startsWith('\r\n');
    if (isRedrawn && last?.className === stream) {
      const before = last.textContent;
      const kept = before.slice(0, before.lastIndexOf('\n') + 1);
      last.textContent = kept + visible(part.slice(1));
      this.chars += last.textContent.length - before.length;
      return;
    }
    this.log.append(element('span', { class: stream }, isRedrawn ? part.slice(1) : part));
    this.chars += part.length;
  }
}
