/** What each state of a run means, for those who do not know its name. */
export const STATE_WORDS = {
  QUEUED: 'waits for its turn',
  INITIALIZING: 'inputs and image are made ready',
  RUNNING: 'the app runs',
  CANCELING: 'is being ended',
  COMPLETE: 'the app ended well',
  EXECUTOR_ERROR: 'the app failed',
  SYSTEM_ERROR: 'failed, but not by the app',
  CANCELED: 'ended by somebody or by a limit',
  PREEMPTED: 'ended by the cluster',
};

const REORDERING = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text with the marks told that would show it in another order than it has: `exe.‮gnp` would read as a
 * picture's name.
 */
export const visible = (text) =>
  text.replaceAll(REORDERING, (mark) => `⟨U+${mark.charCodeAt(0).toString(16).toUpperCase()}⟩`);

/** Text for one line: line breaks in the name of a file are told. */
export const oneLine = (text) => text.replaceAll(/[\r\n]/g, '⏎');

const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });

/** Date, time and zone of where the page is read. */
export const localTime = (at) => LOCAL.format(new Date(at));

const SHORT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** The same without the zone, which is told beside it. */
export const shortTime = (at) => SHORT.format(new Date(at));

export const ZONE = LOCAL.formatToParts().find(({ type }) => type === 'timeZoneName').value;

/** What to try, unless it is for a terminal. */
export const hintHere = (hint) =>
  hint === undefined || /cyto-run [a-z]|\{"/.test(hint) ? undefined : hint;
