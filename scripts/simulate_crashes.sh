#!/usr/bin/env bash
# Crashes one order replica with SIGKILL while the system runs, brings it back, and says what a client sees meanwhile.
# Works for both ways to run the system: docker compose (docker kill, docker start) and npm start (kill -9; npm start
# itself starts the process again). Needs bash and curl only, because a Docker host need not have anything else.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=env_file.sh
. scripts/env_file.sh

usage() {
  cat >&2 <<'USAGE'
usage: scripts/simulate_crashes.sh <1|2|3>

Crashes order replica 1, 2 or 3 with SIGKILL and brings it back. The system must be running (npm start, or
docker compose up). FRONTEND_PORT, DATA_DIR and CONTAINER_PREFIX are taken from the environment or from .env.
USAGE
  exit 2
}

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# The value of a setting: from the environment, even an empty one, else from .env; the given default if it is empty.
setting() {
  local value
  if [ -n "${!1+set}" ]; then
    value=${!1}
  else
    value=$(env_file_value "$1" .env || true)
  fi
  printf '%s' "${value:-$2}"
}

now_ms() {
  if [ -n "${EPOCHREALTIME:-}" ]; then # bash 5; its decimal sign depends on the locale
    local microseconds=${EPOCHREALTIME//[!0-9]/}
    printf '%s' "$((microseconds / 1000))"
  else
    printf '%s' "$(($(date +%s) * 1000))"
  fi
}

# --- What the frontend says ---

# Past any proxy that the environment or ~/.curlrc names: the frontend is on this machine.
ask() {
  curl --silent --fail --noproxy '*' "$@"
}

cluster() {
  ask --max-time 2 "$url/cluster"
}

# The number behind "name" in a piece of JSON; nothing if there is none.
number() {
  sed -n "s/.*\"$1\":\([0-9][0-9]*\).*/\1/p"
}

# The id of the leader, 0 if there is none.
leader_of() { # <cluster state>
  printf '%s' "$1" | sed 's/"replicas".*//' | number leader_id
}

# "replica 3 (term 7)" or "none"
describe_leader() { # <cluster state>
  local id
  id=$(leader_of "$1")
  if [ "${id:-0}" != 0 ]; then
    printf 'replica %s (term %s)' "$id" "$(printf '%s' "$1" | sed 's/"replicas".*//' | number term)"
  else
    printf 'none'
  fi
}

# The part of the cluster state that is about one replica.
replica_state() { # <cluster state> <replica>
  printf '%s' "$1" | sed -n "s/.*{\"id\":$2,\([^}]*\)}.*/\1/p"
}

last_number() { # <cluster state> <replica>
  replica_state "$1" "$2" | number last_transaction_num
}

# Has the replica every order that the leader has, and is it waited for again by new ones?
is_level() { # <cluster state> <replica>
  replica_state "$1" "$2" | grep -q '"in_sync":true' &&
    [ "$(last_number "$1" "$2")" = "$(last_number "$1" "$(leader_of "$1")")" ]
}

# An order of nothing: it is numbered and kept like any other and changes no stock.
place_order() {
  ask --max-time 6 --header 'Content-Type: application/json' \
    --data '{"name":"GameStart","quantity":0,"type":"buy"}' "$url/orders"
}

# --- The two ways to run the system ---

running_as_containers() {
  command -v docker >/dev/null &&
    docker port "${prefix}frontend" 8080/tcp 2>/dev/null | grep -q ":$port\$"
}

# The replica's process, if it is alive; a pid file may be left over and its number belong to another program by now.
live_pid() {
  local pid
  pid=$(cat "$pid_file" 2>/dev/null) && ps -p "$pid" -o args= 2>/dev/null | grep -q 'order/main' && printf '%s' "$pid"
}

crash() {
  if [ "$world" = containers ]; then
    docker kill "${prefix}order-$replica" >/dev/null
  else
    kill -9 "$crashed_pid"
  fi
}

bring_back() {
  if [ "$world" = containers ]; then
    docker start "${prefix}order-$replica" >/dev/null
    return
  fi
  local delay_ms pid deadline
  delay_ms=$(setting RESTART_DELAY_MS 3000)
  deadline=$(($(now_ms) + delay_ms + 10000))
  until pid=$(live_pid) && [ "$pid" != "$crashed_pid" ]; do
    [ "$(now_ms)" -lt "$deadline" ] ||
      fail "order-$replica was not started again. Was npm start run with RESTART_DELAY_MS=0 (never)?"
    sleep 0.1
  done
}

# --- The story ---

[ $# -eq 1 ] || usage
case $1 in [123]) replica=$1 ;; *) usage ;; esac
env_file_check .env

port=$(setting FRONTEND_PORT 8080)
prefix=$(setting CONTAINER_PREFIX '')
pid_file=$(setting DATA_DIR volumes)/run/order-$replica.pid
url=http://127.0.0.1:$port

before=$(cluster) || fail "Nothing answers at $url: start the system (npm start or docker compose up), or set FRONTEND_PORT."
if running_as_containers; then
  world=containers
  [ "$(docker inspect --format '{{.State.Running}}' "${prefix}order-$replica" 2>/dev/null)" = true ] ||
    fail "Container ${prefix}order-$replica does not run, so it cannot crash: docker start ${prefix}order-$replica"
else
  world=processes
  crashed_pid=$(live_pid) || fail "No living process in $pid_file: set DATA_DIR to the one of the running system."
fi

printf 'Leader before the crash: %s\n' "$(describe_leader "$before")"
killed_ms=$(now_ms) # taken before the kill, so that the time until the first order is never flattered
crash
printf 'Killed order-%s with SIGKILL.\n' "$replica"

until order=$(place_order); do
  [ "$(now_ms)" -lt $((killed_ms + 30000)) ] || fail 'No order succeeded within 30 s after the crash.'
  sleep 0.05
done
printf 'First successful order after the crash: number %s, %s ms after the kill.\n' \
  "$(printf '%s' "$order" | number transaction_number)" "$(($(now_ms) - killed_ms))"
printf 'Leader after the crash: %s\n' "$(describe_leader "$(cluster)")"

bring_back
back_ms=$(now_ms)
until after=$(cluster) && is_level "$after" "$replica"; do
  [ "$(now_ms)" -lt $((back_ms + 30000)) ] || fail "order-$replica is back but did not catch up within 30 s."
  sleep 0.1
done
printf 'order-%s is back and has all %s orders. Leader now: %s\n' "$replica" \
  "$(last_number "$after" "$replica")" "$(describe_leader "$after")"
