export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * The script that a shell loads. It passes the words typed so far, the last one unfinished, to
 * `cyto-run __complete` and offers the lines that come back; an empty answer means file names.
 */
export const completionScript = (shell: Shell): string => SCRIPTS[shell];

const BASH = `# bash completion for cyto-run
_cyto_run() {
  local IFS=$'\\n' current="\${COMP_WORDS[COMP_CWORD]}" words
  # Bash splits at "=": give back what belongs together.
  words="\${COMP_LINE:0:$COMP_POINT}"
  local -a answers
  mapfile -t answers < <(cyto-run __complete --line -- "$words" 2>/dev/null)
  if [ "\${#answers[@]}" -eq 0 ]; then
    compopt -o filenames 2>/dev/null
    [[ "$current" == = ]] && current=
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    return
  fi
  COMPREPLY=()
  local answer typed="\${words##* }"
  local behind="\${typed%"\${typed##*=}"}"
  for answer in "\${answers[@]}"; do
    answer="\${answer%%$'\\t'*}"
    # Only what stands behind the last "=" or "@" is replaced.
    if [[ "$COMP_WORDBREAKS" == *=* ]]; then answer="\${answer#"$behind"}"; fi
    if [[ "$answer" == *@* && "$COMP_WORDBREAKS" == *@* && "\${words##* }" == *@* ]]; then answer="\${answer##*@}"; fi
    COMPREPLY+=("$answer")
  done
  [[ "\${#COMPREPLY[@]}" -eq 1 && "\${COMPREPLY[0]}" == *= ]] && compopt -o nospace
}
complete -F _cyto_run cyto-run
`;

const ZSH = `#compdef cyto-run
_cyto_run() {
  local -a answers described
  answers=("\${(@f)$(cyto-run __complete --line -- "\${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
  if [[ \${#answers} -eq 0 || -z "\${answers[1]}" ]]; then
    compset -P 1 '--*='
    _files
    return
  fi
  local answer
  for answer in $answers; do
    described+=("\${\${answer%%$'\\t'*}//:/\\\\:}:\${answer#*$'\\t'}")
  done
  _describe 'cyto-run' described
}
compdef _cyto_run cyto-run
`;

const FISH = `# fish completion for cyto-run
function __cyto_run_complete
    set -l line (commandline -cp)
    set -l answers (cyto-run __complete --line -- "$line" 2>/dev/null)
    if test (count $answers) -eq 0
        set -l token (commandline -ct)
        set -l flag (string match -r -- '^--[^=]+=' $token)
        for path in (__fish_complete_path (string replace -r -- '^--[^=]+=' '' $token))
            echo -- "$flag$path"
        end
    else
        printf '%s\\n' $answers
    end
end
complete -c cyto-run -f -a '(__cyto_run_complete)'
`;

const SCRIPTS: Record<Shell, string> = { bash: BASH, zsh: ZSH, fish: FISH };
