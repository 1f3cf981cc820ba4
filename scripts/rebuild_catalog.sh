#!/usr/bin/env bash
# Makes the files of a lost catalog anew, with the whole system stopped. With Node here it is `stock rebuild-catalog`; on a
# host that has only Docker, the same in a container of the image that the system runs from.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/stock_command.sh"

if [ "${1-}" = --help ]; then
  cat <<'USAGE'
usage: scripts/rebuild_catalog.sh <volumes> [--dry-run] [--force] [--initial-catalog <file in volumes>]

Makes the catalog's journal.csv and catalog.csv in the directory of a system, usually volumes, from the longest order log
and the initial catalog. --dry-run says what it would do; --force moves a journal that is there aside.

Exit status: 0 done; 1 refused, nothing was changed; 2 bad arguments; 3 there is nothing to rebuild from.
USAGE
  exit
fi
[ $# -ge 1 ] || usage_error 'scripts/rebuild_catalog.sh <volumes> [--dry-run] [--force]'
[ -d "$1" ] || usage_error "$1 is no directory"

volumes=$(absolute "$1")
shift
if has_node; then
  exec_stock rebuild-catalog --data-dir "$volumes" "$@"
fi
run_in_container --mount "type=bind,source=$volumes,target=$volumes" \
  -- rebuild-catalog --data-dir "$volumes" "$@"
