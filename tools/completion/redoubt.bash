# Bash completion of redoubt. Commands and options are asked of the program itself, names of its
# `list`, so there is nothing here to keep up to date.

_redoubt_commands() {
  "$1" --help 2>/dev/null | sed -n '/^commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'
}

_redoubt_options() {
  "$1" "$2" --help 2>/dev/null | grep -oE -- '(^| )--?[a-z][a-z-]*=?' | tr -d ' '
}

_redoubt_names() {
  "$1" list "$2" 2>/dev/null | awk '{print $1}'
}

_redoubt_files() {
  compopt -o filenames 2>/dev/null
  COMPREPLY+=($(compgen -f -X "!$2" -- "$1") $(compgen -d -- "$1"))
}

# The value of an option: its name is $2.
_redoubt_value() {
  local program=$1 word=$3
  case $2 in
  --attack) COMPREPLY=($(compgen -W "$(_redoubt_names "$program" attacks)" -- "$word")) ;;
  --defense) COMPREPLY=($(compgen -W "$(_redoubt_names "$program" defenses)" -- "$word")) ;;
  --topology)
    COMPREPLY=($(compgen -W "$(_redoubt_names "$program" topologies)" -- "$word"))
    _redoubt_files "$word" '*.yaml'
    ;;
  --format) COMPREPLY=($(compgen -W 'text json' -- "$word")) ;;
  --pcap | --output | -o) COMPREPLY=($(compgen -d -- "$word")) ;;
  --ladder) COMPREPLY=($(compgen -W 'call registration attack' -- "$word")) ;;
  --trace | --svg | --page) COMPREPLY=($(compgen -f -- "$word")) ;;
  *) return 1 ;;
  esac
}

# What follows a command that is no option.
_redoubt_argument() {
  local program=$1 word=$3
  case $2 in
  check)
    _redoubt_files "$word" '*.yaml'
    COMPREPLY+=($(compgen -f -X '!*.so' -- "$word"))
    ;;
  run | bench | capacity | live) _redoubt_files "$word" '*.yaml' ;;
  report) COMPREPLY=($(compgen -d -- "$word")) ;;
  list) COMPREPLY=($(compgen -W 'nodes attacks defenses topologies campaigns' -- "$word")) ;;
  show)
    COMPREPLY=($(compgen -W "$("$program" list 2>/dev/null | awk '/^  /{print $1}')" -- "$word"))
    ;;
  *) COMPREPLY=($(compgen -f -- "$word")) ;;
  esac
}

_redoubt() {
  local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}
  local before=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "$(_redoubt_commands "$program") --help --version" -- "$word"))
    return
  fi
  # "--format=j" comes as the words --format, = and j.
  if [ "$word" = = ]; then
    word=
  elif [ "$before" = = ]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  _redoubt_value "$program" "$before" "$word" && return
  case $word in
  -*)
    COMPREPLY=($(compgen -W "$(_redoubt_options "$program" "$command")" -- "$word"))
    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
    ;;
  *) _redoubt_argument "$program" "$command" "$word" ;;
  esac
}

complete -F _redoubt redoubt
