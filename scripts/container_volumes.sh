#!/bin/bash
# Makes the mounted directories of all state usable for the services, which run as an ordinary user. Runs before them, as
# root with the few capabilities that this takes, and ends. Running it again, also while services run, changes nothing.
# usage: container_volumes.sh <user id>:<group id>
#
# A directory stays with its owner, who made the clone and may go on reading, replacing and removing what is in it; the
# services get at it by its group. The files in it are handed to the services, whoever wrote them: an earlier version, or
# a native run by that owner or by root.
set -euo pipefail
cd /app

user=${1:?}
if ! [[ $user =~ ^[0-9]+:[0-9]+$ ]]; then
  printf 'CONTAINER_USER=%s is not valid: it must be <user id>:<group id>, as 1000:1000\n' "$user" >&2
  exit 78
fi

directories=(volumes/{catalog,order-1,order-2,order-3} volumes/tls/{authority,catalog,order-1,order-2,order-3,frontend})
mkdir -p "${directories[@]}"
# The mounted directory hides the image's file: one without an initial catalog is given the one that we ship.
initial=volumes/catalog/initial_catalog.csv
if ! [ -e "$initial" ]; then
  cp initial_catalog.csv "$initial"
  chown --reference=volumes/catalog "$initial" || true
fi

# Some shares refuse such changes; whether the services can write all the same, they find out and say themselves.
shopt -s nullglob dotglob
chown ":${user#*:}" volumes/tls || true
chmod g+rwx volumes/tls || true
for directory in "${directories[@]}"; do
  chown ":${user#*:}" "$directory" || true
  chmod g+rwx "$directory" || true
  for file in "$directory"/*; do
    # Nobody here writes that one.
    [ "$file" = "$initial" ] || chown -Rh "$user" "$file" || true
  done
done
