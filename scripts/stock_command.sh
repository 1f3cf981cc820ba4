# shellcheck shell=bash
# For scripts that are names for commands of `stock`: runs them with the Node of this machine, or in a container.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage_error() {
  printf '%s\nTry --help.\n' "$*" >&2
  exit 2
}

# A path that means the same from anywhere; neither it nor its parent need exist.
absolute() {
  case $1 in
    /*) printf '%s' "$1" ;;
    *) printf '%s/%s' "$PWD" "$1" ;;
  esac
}

# Is there a Node that can run us, with the packages installed or an npm to install them?
has_node() {
  command -v node >/dev/null && command -v npm >/dev/null &&
    node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'
}

exec_stock() {
  exec node "$repository/scripts/stock.mjs" "$@"
}

# Runs a command of `stock` in a container without a network, as the user who runs this script: the files belong to that
# one afterwards, as after a copy. With a rootless engine that user is root inside.
run_in_container() { # <options of docker run> -- <arguments of stock>
  local options=()
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  command -v docker >/dev/null || usage_error 'neither Node 20.19 or later nor Docker is here'
  local user
  user=$(id -u):$(id -g)
  case $(docker info --format '{{.SecurityOptions}}') in *rootless*) user=0:0 ;; esac
  exec docker run --rm --init --network none --read-only --user "$user" --security-opt no-new-privileges \
    --cap-drop ALL --cap-add DAC_OVERRIDE "${options[@]}" \
    distributed-stock-server node dist/src/cli/stock.js "$@"
}
