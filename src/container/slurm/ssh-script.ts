import { posix } from 'node:path';

import { shellQuote } from '../../base/shell-quote.ts';
import { LIMITS } from '../../base/limits.ts';
import { COMMAND_ENVIRONMENT_LINES } from './command-environment.ts';
import type { AwaitedEvents, HostAction, HostAnswer, HostStep } from './host.ts';

/**
 * One shell script for a whole question, read by `sh` from its standard input, so that no word of it
 * shows in a list of processes. Each answer is framed by a line `MARK INDEX CODE OUT-BYTES
 * ERROR-BYTES`; what a login shell prints of its own cannot be taken for one. Pure.
 */
export function questionScript(
  steps: readonly HostStep[],
  { mark, timeoutMs }: { readonly mark: string; readonly timeoutMs: number },
): string {
  return [
    'umask 077',
    ...COMMAND_ENVIRONMENT_LINES,
    'dir=$(mktemp -d) || exit 1',
    `trap 'rm -rf "$dir"' EXIT`,
    'tell() {',
    `printf '%s %s %s %s %s\\n' ${mark} "$1" "$2" "$(($(wc -c <"$dir/out")))" "$(($(wc -c <"$dir/err")))"`,
    'cat "$dir/out" "$dir/err"',
    '}',
    'stopped=',
    ...steps.flatMap((step, index) => [
      'if [ -z "$stopped" ]; then',
      '{',
      ...linesOf(step, timeoutMs),
      '} >"$dir/out" 2>"$dir/err" </dev/null',
      'code=$?',
      ...(step.do === 'run' && step.keep !== undefined
        ? [`cat "$dir/out" >>${shellQuote(step.keep)}`]
        : []),
      `tell ${index} "$code"`,
      ...(step.orStop === true ? ['[ "$code" = 0 ] || stopped=1'] : []),
      'fi',
    ]),
    `echo ${mark} end`,
    '',
  ].join('\n');
}

function linesOf(step: HostAction, timeoutMs: number): string[] {
  switch (step.do) {
    case 'run': {
      const words = ['timeout', '-k', '5', String(timeoutMs / 1_000), ...step.argv];
      const line = words.map(shellQuote).join(' ');
      return [step.stdin === undefined ? line : `printf %s ${shellQuote(step.stdin)} | ${line}`];
    }
    case 'read': {
      const path = shellQuote(step.path);
      return [`[ -r ${path} ] && tail -c +${step.from + 1} ${path} | head -c ${step.bytesMax}`];
    }
    case 'list':
      return [`ls -1A ${shellQuote(step.folder)}`];
    case 'gather':
      return gatherLines(step.folder, step.names);
    case 'write':
      return [
        `printf %s ${shellQuote(step.text)} >${shellQuote(step.path)} && chmod 600 ${shellQuote(step.path)}`,
      ];
    case 'make-folder': {
      const path = shellQuote(step.path);
      return [
        step.fresh
          ? `mkdir -p ${shellQuote(posix.dirname(step.path))} && mkdir ${path}`
          : `mkdir -p ${path}`,
      ];
    }
    case 'move':
      return [`mv -fT ${shellQuote(step.from)} ${shellQuote(step.to)}`];
    case 'remove':
      return removeLines(shellQuote(step.path));
    case 'await':
      return awaitLines(step.waitMs, step.events);
  }
}

/** Again there, not by another question: what a job that is ending writes a moment later is in the way. */
const removeLines = (path: string): string[] => [
  'tries=0',
  `until rm -rf ${path}; do`,
  'tries=$((tries + 1))',
  `[ "$tries" -lt ${LIMITS.slurmRemovalsMax} ] || break`,
  `sleep ${LIMITS.slurmLookMs / 1_000}`,
  'done',
  `[ ! -e ${path} ]`,
];

/** The folder is listed first: a shared file system remembers what was not there. */
function gatherLines(folder: string, names: readonly string[] | 'all'): string[] {
  if (names.length === 0) return [':'];
  const list =
    names === 'all' ? `$(ls -1A ${shellQuote(folder)})` : names.map(shellQuote).join(' ');
  return [
    `ls -A ${shellQuote(folder)} >/dev/null 2>&1`,
    `for name in ${list}; do`,
    `file=${shellQuote(folder)}/$name`,
    '[ -f "$file" ] || continue',
    `size=$(head -c ${LIMITS.slurmSmallFileBytesMax} "$file" | wc -c)`,
    `printf '%s %s\\n' "$name" "$((size))"`,
    'head -c "$((size))" "$file"',
    'done',
    ':',
  ];
}

function awaitLines(waitMs: number, { urgent, mild, grow, lingerMs }: AwaitedEvents): string[] {
  const ticks = (ms: number): number => Math.ceil(ms / LIMITS.slurmLookMs);
  const isThere = ({ folder, names }: AwaitedEvents['urgent'], then: string): string[] =>
    names.length === 0
      ? []
      : [
          `ls -A ${shellQuote(folder)} >/dev/null 2>&1`,
          `for name in ${names.map(shellQuote).join(' ')}; do`,
          `[ ! -e ${shellQuote(folder)}/"$name" ] || ${then}`,
          'done',
        ];
  return [
    `turn=0 turns=${ticks(waitMs)} lingers=`,
    'while :; do',
    ...isThere(urgent, 'break 2'),
    'if [ -z "$lingers" ]; then',
    ':',
    ...isThere(mild, 'lingers=1'),
    ...(grow.length === 0 ? [] : [`[ -z "$(${findGrown(grow)})" ] || lingers=1`]),
    `[ -z "$lingers" ] || [ "$turns" -le "$((turn + ${ticks(lingerMs)}))" ] || turns=$((turn + ${ticks(lingerMs)}))`,
    'fi',
    '[ "$turn" -lt "$turns" ] || break',
    'turn=$((turn + 1))',
    `sleep ${LIMITS.slurmLookMs / 1_000}`,
    'done',
    ':',
  ];
}

/** One program for all files: a fork for each, four times a second, would be felt on a login node. */
function findGrown(grow: AwaitedEvents['grow']): string {
  const tests = grow.map(({ path, beyondBytes }) =>
    ['-path', shellQuote(path.replaceAll(/[[\]*?\\]/g, '\\$&')), '-size', `+${beyondBytes}c`].join(
      ' ',
    ),
  );
  const paths = grow.map(({ path }) => shellQuote(path)).join(' ');
  return `find ${paths} '(' ${tests.join(' -o ')} ')' -print -quit 2>/dev/null`;
}

/**
 * The answers in what came back; `undefined` when it does not hold all of them, for then nothing is
 * known. Pure.
 */
export function parseAnswers(
  output: Uint8Array,
  mark: string,
  count: number,
): readonly (HostAnswer | undefined)[] | undefined {
  const bytes = Buffer.from(output);
  const answers = new Array<HostAnswer | undefined>(count).fill(undefined);
  // What the login shell said stands before the first mark.
  let at = bytes.indexOf(mark);
  while (at >= 0) {
    const lineEnd = bytes.indexOf('\n', at);
    if (lineEnd < 0) return undefined;
    const words = bytes.toString('utf8', at, lineEnd).split(' ');
    if (words[0] !== mark) return undefined;
    if (words[1] === 'end') return answers;
    const [index = -1, exitCode = 1, outBytes = 0, errorBytes = 0] = words.slice(1).map(Number);
    const outEnd = lineEnd + 1 + outBytes;
    if (outEnd + errorBytes > bytes.length || index >= count) return undefined;
    answers[index] = {
      exitCode,
      out: bytes.subarray(lineEnd + 1, outEnd),
      errors: bytes.toString('utf8', outEnd, outEnd + errorBytes),
    };
    at = outEnd + errorBytes;
  }
  return undefined;
}
