# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for punnetctl, which says itself what can follow.
_punnetctl() {
  local cur prev words cword line lines
  _init_completion -n = || return
  mapfile -t lines < <("${words[0]}" complete "${words[@]:1:cword}" 2>/dev/null)
  # What stands before the "=" is no part of the word that is replaced.
  [[ $cur == --*=* ]] && cur=${cur#*=}
  for line in "${lines[@]}"; do
    case $line in
    :files) _filedir ;;
    :folders) _filedir -d ;;
    *) COMPREPLY+=("$(printf '%q' "${line%%$'\t'*}")") ;;
    esac
  done
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == --*= ]] && compopt -o nospace
} &&
  complete -F _punnetctl punnetctl
