#!/usr/bin/env bash
# Puts a backup where a system will look for its state. With Node here it is `stock restore`; on a host that has only
# Docker, the same in a container of the image that the system runs from.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/stock_command.sh"

if [ "${1-}" = --help ]; then
  cat <<'USAGE'
usage: scripts/restore.sh <backup> <volumes>

Verifies a backup that scripts/backup.sh made, and puts its files into the directory of a system, usually volumes. Stop the
system first, and move its old files away: none is overwritten.

Exit status: 0 done; 1 refused or failed; 2 bad arguments.
USAGE
  exit
fi
[ $# -eq 2 ] || usage_error 'scripts/restore.sh <backup> <volumes>'
[ -d "$1" ] || usage_error "$1 is no directory"

backup=$(absolute "$1")
volumes=$(absolute "$2")
if has_node; then
  exec_stock restore "$backup" --data-dir "$volumes"
fi
mkdir -p "$volumes"
run_in_container --mount "type=bind,source=$backup,target=$backup,readonly" \
  --mount "type=bind,source=$volumes,target=$volumes" \
  -- restore "$backup" --data-dir "$volumes"
