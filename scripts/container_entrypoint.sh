#!/bin/sh
# Runs a command in a container as an ordinary user: the owner of the directories that are mounted there.
#
# On the host that directory belongs to whoever made the clone, so the files in it can be read, edited and removed by
# that user. Root's directories (root made the clone, or Docker created a missing one) are handed to the image's user
# `node`. Files left by yet another user, such as a native run as root, follow their directory.
set -eu
cd /app

# A mounted directory hides the image's files: one without an initial catalog is given the one that we ship.
mkdir -p volumes/catalog
[ -e volumes/catalog/initial_catalog.csv ] || cp initial_catalog.csv volumes/catalog/ || true

# Started with --user: nothing to settle. With a rootless engine, root in here is the user who started it out there,
# and any other user of ours would be a stranger to the host.
read -r _ outside_uid _ </proc/self/uid_map
if [ "$(id -u)" != 0 ] || [ "$outside_uid" != 0 ]; then
  exec "$@"
fi

user=$(id -u node):$(id -g node)
for directory in volumes/*/ tls/*/; do
  [ -d "$directory" ] || continue
  owner=$(stat -c %u:%g "$directory")
  [ "${owner%:*}" = 0 ] || user=$owner
done
# Some shares refuse this; whether the service can write all the same, it finds out and says itself.
chown -Rh "$user" volumes || true

exec setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups "$@"
