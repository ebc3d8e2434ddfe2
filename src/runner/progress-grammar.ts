import { stripVTControlCharacters } from 'node:util';
import { LIMITS } from '../base/limits.ts';

/** How far an app says it is. */
export interface Progress {
  /** 0 to 100, at most one decimal. */
  readonly percent: number;
  /** What the app says it is doing, one line, without control characters. */
  readonly message?: string;
  readonly source: 'cytomine' | 'bar' | 'marker';
}

/** What a line any app can print begins with: `::cyto-run progress=42::Segmenting tiles`. */
export const PROGRESS_MARKER = '::cyto-run progress=';

const NUMBER = String.raw`(?<percent>\d{1,3}(?:\.\d{1,9})?)`;
const MARKER = new RegExp(`^${PROGRESS_MARKER}${NUMBER}%?(?:::(?<message>.*))?$`, 's');
/** As the Cytomine clients log it; a comment with a line feed leaves only the end of the line. */
const CYTOMINE = new RegExp(
  String.raw`^(?:.*? status update: "(?<message>.*)"|.*") \(status: [A-Z_/ ]+, progress: ${NUMBER}%\)\s*$`,
  's',
);
/** What loggers put before a message: something in brackets, or a level as `INFO - ` or `INFO:root:`. */
const LOGGED = String.raw`^(?:[^%]{0,200}?(?:\]|\b(?:DEBUG|INFO|NOTICE|WARN|WARNING)(?::[\w.]+)?)\s?[:|-]?\s*)?`;
const BAR_CELLS = String.raw`[-#=>.*+o \u2500-\u259f\u25a0-\u25ff]`;
const DRAWN_CELLS = String.raw`[\u2500-\u259f\u25a0-\u25ff]`;
/** Bars a line long, and a cheap sign that a line can be one: most lines with a percentage are prose. */
const BARS: readonly { readonly sign: RegExp; readonly pattern: RegExp }[] = [
  {
    // click, pip, wget: [#####-----]  50%
    sign: /\]\s*[\d.]+ ?%/,
    pattern: new RegExp(
      String.raw`^(?<message>[^%[]{0,200}?)\s*\[${BAR_CELLS}{3,}\]\s*${NUMBER} ?%(?=\s|$)`,
    ),
  },
  {
    // 50% [=====>    ]
    sign: /%\s*\[/,
    pattern: new RegExp(
      String.raw`^(?<message>[^%[]{0,200}?)\s*\b${NUMBER} ?%\s*\[${BAR_CELLS}{3,}\]`,
    ),
  },
  {
    // progressbar2: 50% (50 of 100) |####    |
    sign: /% \(/,
    pattern: new RegExp(String.raw`^\s*${NUMBER}% \(\d+ of \d+\)`),
  },
  {
    // rich: Working ━━━━━╸━━━━  50%
    sign: new RegExp(DRAWN_CELLS),
    pattern: new RegExp(
      String.raw`^(?<message>[^%]{0,200}?)\s*${DRAWN_CELLS}{4,}\s+${NUMBER} ?%(?=\s|$)`,
    ),
  },
  {
    // Progress: 50 %
    sign: /progress\s?[:=]/i,
    pattern: new RegExp(
      String.raw`${LOGGED}progress\s?[:=]\s?${NUMBER} ?%\s*(?:$|[(\[,;|-]\s*(?<message>.*)$)`,
      'i',
    ),
  },
  {
    // 50 %, 50 % done: and nothing else on the line
    sign: /%(?:\s+(?:done|complete|completed|finished))?[.!]?\s*$/i,
    pattern: new RegExp(
      String.raw`${LOGGED}${NUMBER} ?%(?:\s+(?:done|complete|completed|finished))?[.!]?\s*$`,
      'i',
    ),
  },
];

/**
 * What one line says about progress, by the grammar of docs/progress.md; undefined for a line that
 * says nothing. Escape sequences are ignored. A percentage in prose does not count.
 */
export function progressOfLine(raw: string): Progress | undefined {
  const line = (ESCAPES.test(raw) ? stripVTControlCharacters(raw) : raw).trimStart();
  if (line.startsWith('::cyto-run')) return progressOf(MARKER.exec(line), 'marker');
  const bar = tqdmProgress(line);
  if (bar !== undefined) return bar;
  if (line.includes('(status: ')) return progressOf(CYTOMINE.exec(line), 'cytomine');
  if (line.length > LIMITS.progressBarCharsMax) return undefined;
  for (const { sign, pattern } of BARS) {
    if (!sign.test(line)) continue;
    const progress = progressOf(pattern.exec(line), 'bar');
    if (progress !== undefined) return progress;
  }
  return undefined;
}

/**
 * tqdm's `Description:  45%|████▌     | 45/100 [00:12<00:15,  3.60it/s]`. Whatever follows the
 * first `%|` changes nothing, so a bar that is still being written can be read already.
 */
export function tqdmProgress(line: string): Progress | undefined {
  const at = line.indexOf('%|');
  if (at < 0 || line.indexOf('%') < at || line.trimStart().startsWith('::cyto-run'))
    return undefined;
  const number = /(?:^|[\s:])(\d{1,3}(?:\.\d{1,9})?)$/.exec(line.slice(Math.max(0, at - 16), at));
  if (number?.[1] === undefined) return undefined;
  return progress(number[1], line.slice(0, at - number[1].length).replace(/:?\s*$/, ''), 'bar');
}

function progressOf(
  match: RegExpExecArray | null,
  source: Progress['source'],
): Progress | undefined {
  const { percent, message } = match?.groups ?? {};
  return percent === undefined ? undefined : progress(percent, message ?? '', source);
}

function progress(
  percent: string,
  message: string,
  source: Progress['source'],
): Progress | undefined {
  const value = Math.round(Number(percent) * 10) / 10;
  if (value > 100) return undefined;
  const text = oneLine(message);
  return { percent: value, ...(text === '' ? {} : { message: text }), source };
}

// eslint-disable-next-line no-control-regex -- these are what is removed
const ESCAPES = /[\u001b\u009b]/;
// eslint-disable-next-line no-control-regex -- these are what is removed
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

const oneLine = (message: string): string =>
  message.slice(0, LIMITS.progressMessageCharsMax).replace(CONTROLS, ' ').trim();
