# shellcheck shell=bash
# For scripts that read settings from a file such as .env, as Compose and `stock` do: through a byte order mark, line ends
# of Windows, `export`, spaces, quotes and comments. Of a value in quotes, one line. Works with the bash 3.2 of a Mac.

env_file_refuse() {
  printf '%s\n' "$*" >&2
  exit 2
}

# Ends the script if there is something of that name in which no line can be believed.
env_file_check() { # <file>
  [ -e "$1" ] || return 0
  { [ -f "$1" ] && [ -r "$1" ]; } || env_file_refuse "$1 cannot be read: make it a readable file, or remove it"
  # Text has no such byte, unless each letter is two.
  [ "$(LC_ALL=C tr -d '\000' <"$1" | wc -c)" -eq "$(wc -c <"$1")" ] ||
    env_file_refuse "$1 is not UTF-8 (it looks like UTF-16): save it as UTF-8"
}

# The value that a file sets, of several the last one; fails if it sets none.
env_file_value() { # <name> <file>
  local line value status=1
  local pattern="^[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*=[[:space:]]*(.*)\$"
  [ -f "$2" ] || return 1
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line#$'\xef\xbb\xbf'}
    if [[ $line =~ $pattern ]]; then
      value=$(env_file_unquoted "${BASH_REMATCH[2]}")
      status=0
    fi
  done <"$2"
  [ "$status" -ne 0 ] || printf '%s' "$value"
  return "$status"
}

# What stands behind the = without quotes, or else without a comment and the spaces around.
env_file_unquoted() { # <text>
  local text=$1
  case $text in
    \"*\"*) text=${text#\"} && text=${text%%\"*} ;;
    \'*\'*) text=${text#\'} && text=${text%%\'*} ;;
    \#*) text= ;;
    *)
      text=${text%%[[:space:]]#*}
      text=${text%"${text##*[![:space:]]}"}
      ;;
  esac
  printf '%s' "$text"
}

# Adds a line, also to a file whose last one does not end.
env_file_add() { # <name=value> <file>
  if [ -s "$2" ] && [ -n "$(tail -c 1 "$2")" ]; then
    printf '\n' >>"$2"
  fi
  printf '%s\n' "$1" >>"$2"
}
