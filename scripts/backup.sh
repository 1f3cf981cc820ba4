#!/usr/bin/env bash
# Copies all state of a system, also while it trades, and verifies the copy. With Node here it is `stock backup`; on a
# host that has only Docker, the same in a container of the image that the system runs from.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/stock_command.sh"

if [ "${1-}" = --help ]; then
  cat <<'USAGE'
usage: scripts/backup.sh <volumes> <target>

Copies all state of a system from its directory, usually volumes, into a new directory. The system may run and trade: the
copy holds every order that was acknowledged before the backup began. It is verified before it gets its name.

Exit status: 0 done; 1 refused or failed, there is no backup; 2 bad arguments.
USAGE
  exit
fi
[ $# -eq 2 ] || usage_error 'scripts/backup.sh <volumes> <target>'
[ -d "$1" ] || usage_error "$1 is no directory"

volumes=$(absolute "$1")
target=$(absolute "$2")
if has_node; then
  exec_stock backup "$target" --data-dir "$volumes"
fi
mkdir -p "$(dirname "$target")"
run_in_container --mount "type=bind,source=$volumes,target=$volumes,readonly" \
  --mount "type=bind,source=$(dirname "$target"),target=$(dirname "$target")" \
  -- backup "$target" --data-dir "$volumes"
