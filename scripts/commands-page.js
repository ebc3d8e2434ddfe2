import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

import { COMMANDS } from '../src/cli/commands.ts';

/*
 * `node scripts/commands-page.js`: writes docs/commands.md from the table of commands, so that the page
 * cannot say anything else than the program. With `--check` it only says whether the page is as it
 * would be written.
 */
const PAGE = join(import.meta.dirname, '..', 'docs', 'commands.md');

const text = await format(page(), { ...(await resolveConfig(PAGE)), parser: 'markdown' });
if (!process.argv.includes('--check')) writeFileSync(PAGE, text);
else if (readFileSync(PAGE, 'utf8') !== text) {
  console.error('docs/commands.md is not what the commands say: node scripts/commands-page.js');
  process.exitCode = 1;
}

function page() {
  const shown = COMMANDS.filter(({ describe }) => describe !== false);
  return [
    '# The commands of cyto-run',
    'Written by `scripts/commands-page.js` from the table that the program itself reads.',
    'stdout is the result, stderr the story. `--help` and `--version` are there everywhere; a value that begins with a dash is written `--name=-value`; `-` as a file is standard input. Exit codes that are not given with a command are those of [errors.md](errors.md).',
    shown
      .map(({ usage, describe }) => `- [\`${nameOf(usage)}\`](#${anchorOf(usage)}): ${describe}`)
      .join('\n'),
    ...shown.map(section),
  ].join('\n\n');
}

function nameOf(usage) {
  return usage.split(' ')[0];
}

/** As the hosts of repositories make them from headings. */
function anchorOf(usage) {
  return `cyto-run-${nameOf(usage)}`;
}

function section(command) {
  const { usage, describe, isDefault, descriptorFlags, options, examples, notes, exitCodes } =
    command;
  const words = usage.replaceAll(
    /\[([a-z-]+)(\.\.)?\]/g,
    (_, name, more) => `[${name.toUpperCase()}${more ? '…' : ''}]`,
  );
  return [
    `## cyto-run ${nameOf(usage)}`,
    `${sentence(describe)}`,
    `\`\`\`\ncyto-run ${isDefault ? words.replace('run ', '[run] ') : words}${descriptorFlags ? ' [--PARAMETER VALUE…]' : ''}\n\`\`\``,
    ...groupsOf(options).flatMap(([group, lines]) => [
      ...(group === '' ? [] : [`${group}`]),
      lines.join('\n'),
    ]),
    ...((examples ?? []).length === 0
      ? []
      : [
          'Examples:',
          `\`\`\`sh\n${examples.map(([line, what]) => `${line} # ${what}`).join('\n')}\n\`\`\``,
        ]),
    ...(notes === undefined ? [] : [notesText(notes)]),
    ...((exitCodes ?? []).length === 0
      ? []
      : ['Exit codes:', exitCodes.map(([code, when]) => `- ${code}: ${when}`).join('\n')]),
  ].join('\n\n');
}

/** As in the help, where what is typed in a file stands before the first point. */
function notesText(notes) {
  const [heading, , ...lines] = notes;
  const at = lines.findIndex((line) => line.startsWith('  - '));
  const undented = lines.map((line) => line.replace(/^ {2}/, ''));
  return [
    heading,
    `\`\`\`\n${undented.slice(0, at).join('\n').trim()}\n\`\`\``,
    undented.slice(at).join('\n'),
  ].join('\n\n');
}

/** The options by the heading they have in the help, in the order of their first. */
function groupsOf(options) {
  const groups = new Map();
  for (const [name, option] of Object.entries(options)) {
    const group = option.group ?? '';
    groups.set(group, [...(groups.get(group) ?? []), optionLine(name, option)]);
  }
  // Those without a heading first, or they would seem to belong to the one before.
  return [...groups].sort(([left], [right]) => Number(left !== '') - Number(right !== ''));
}

function optionLine(name, { alias, type, array, choices, describe }) {
  const value = type === 'boolean' ? '' : ` ${choices ? choices.join('|') : 'VALUE'}`;
  const short = alias === undefined ? '' : `\`-${alias}\`, `;
  return `- ${short}\`--${name}${value}\`${array ? ' (repeatable)' : ''}: ${plain(describe ?? '')}`;
}

/** A code span says what stands in it; a backslash there would be shown. */
function plain(text) {
  return text.replaceAll(/(`[^`]*`)|([<>*_[\]])/g, (_, code, sign) => code ?? `\\${sign}`);
}

function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${plain(text.slice(1))}.`;
}
