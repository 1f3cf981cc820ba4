#!/usr/bin/env bash
# Makes the directory of a new system with the stocks of a stopped one. With Node here it is `stock begin-anew`; on a host
# that has only Docker, the same in a container of the image that the system runs from.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/stock_command.sh"

if [ "${1-}" = --help ]; then
  cat <<'USAGE'
usage: scripts/begin_anew.sh <volumes> <target>

Verifies the files of a stopped system in its directory, usually volumes, and makes a new directory with its stocks as they
are now and without its orders. The old one is the archive: it is not changed.

Exit status: 0 done; 1 refused, nothing was changed; 2 bad arguments.
USAGE
  exit
fi
[ $# -eq 2 ] || usage_error 'scripts/begin_anew.sh <volumes> <target>'
[ -d "$1" ] || usage_error "$1 is no directory"

volumes=$(absolute "$1")
target=$(absolute "$2")
if has_node; then
  exec_stock begin-anew --data-dir "$volumes" --to "$target"
fi
mkdir -p "$(dirname "$target")"
# Not read-only: it takes the locks of the processes, so that none of them runs meanwhile.
run_in_container --mount "type=bind,source=$volumes,target=$volumes" \
  --mount "type=bind,source=$(dirname "$target"),target=$(dirname "$target")" \
  -- begin-anew --data-dir "$volumes" --to "$target"
