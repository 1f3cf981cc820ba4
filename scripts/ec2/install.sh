#!/usr/bin/env bash
# Brings an instance of Amazon Linux 2023, or Debian 12 or 13, to the running system, which starts again after each boot:
# installs Docker with Compose if they are missing, builds the image, installs the unit of systemd and starts it.
# Idempotent. Running it again after a `git pull` upgrades.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: scripts/ec2/install.sh [--packages-only]

To be run as root, from the clone that is to run: usually /opt/stock-server. With --packages-only it installs Docker and
Compose, and starts nothing.

Exit status: 0 done; 1 failed; 2 bad arguments, not root, or another distribution.
USAGE
}

clone=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=../env_file.sh
. "$clone/scripts/env_file.sh"
unit=stock-server.service
unit_directory=${UNIT_DIRECTORY:-/etc/systemd/system}

# Not in the repositories of Amazon Linux. This one works with the buildx that its Docker brings (0.12); later ones of
# Compose ask for a newer one.
compose_version=2.29.7
declare -A compose_sha256=(
  [x86_64]=383ce6698cd5d5bbf958d2c8489ed75094e34a77d340404d9f32c4ae9e12baf0
  [aarch64]=6e9fbd5daa20dca5d7d89145081ae8155d68ef2928b497d9f85b54fe0f9dbb2c
)

say() {
  printf 'install: %s\n' "$*"
}

refuse() {
  printf '%s\n' "$*" >&2
  exit 2
}

has_compose() {
  docker compose version >/dev/null 2>&1
}

install_on_amazon_linux() {
  dnf install -y docker git
  has_compose || install_compose_plugin
}

install_compose_plugin() {
  local machine file directory=/usr/local/lib/docker/cli-plugins
  machine=$(uname -m)
  [ -n "${compose_sha256[$machine]-}" ] || refuse "there is no Compose for $machine"
  file=$(mktemp)
  curl --fail --silent --show-error --location --retry 5 --output "$file" \
    "https://github.com/docker/compose/releases/download/v$compose_version/docker-compose-linux-$machine"
  printf '%s  %s\n' "${compose_sha256[$machine]}" "$file" | sha256sum --check --quiet
  install -D -m 755 "$file" "$directory/docker-compose"
  rm -f "$file"
}

# Debian 13 has Compose 2 and buildx. Debian 12 has not, but Docker's own repository has everything for it.
install_on_debian() { # <version>
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
  apt-get install -y -q --no-install-recommends ca-certificates curl git
  if [ "$1" -ge 13 ]; then
    apt-get install -y -q --no-install-recommends docker.io docker-cli docker-compose docker-buildx iptables
    return
  fi
  add_docker_repository
  apt-get install -y -q --no-install-recommends docker-ce docker-ce-cli containerd.io docker-buildx-plugin \
    docker-compose-plugin
}

add_docker_repository() {
  install -d -m 755 /etc/apt/keyrings
  curl --fail --silent --show-error --location --retry 5 --output /etc/apt/keyrings/docker.asc \
    https://download.docker.com/linux/debian/gpg
  cat >/etc/apt/sources.list.d/docker.sources <<SOURCE
Types: deb
URIs: https://download.docker.com/linux/debian
Suites: $VERSION_CODENAME
Components: stable
Signed-By: /etc/apt/keyrings/docker.asc
SOURCE
  apt-get update -q
}

install_packages() {
  # shellcheck source=/dev/null
  . /etc/os-release
  say "Docker with Compose, for $ID ${VERSION_ID-}"
  case $ID in
    amzn) install_on_amazon_linux ;;
    debian) install_on_debian "${VERSION_ID:?}" ;;
    *) refuse "this is $ID: Amazon Linux 2023 or Debian 12 or 13 is expected. Install Docker with Compose, then run this again." ;;
  esac
}

# The unit, with the directory that this clone is in.
install_unit() {
  sed "s#/opt/stock-server#$clone#g" "$clone/scripts/ec2/$unit" >"$unit_directory/$unit"
  systemctl daemon-reload
  systemctl enable --quiet "$unit"
}

# Files belong to the owner of the clone afterwards, so that a person who is not root can read and move them.
write_settings() {
  local owner
  [ -e "$clone/.env" ] || install -m 600 /dev/null "$clone/.env"
  env_file_value CONTAINER_USER "$clone/.env" >/dev/null && return
  owner=$(stat -c %u:%g "$clone")
  [ "${owner%:*}" != 0 ] || owner=1000:1000
  env_file_add "CONTAINER_USER=$owner" "$clone/.env"
}

main() {
  case ${1-} in
    '' | --packages-only) ;;
    --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
  [ "$(id -u)" = 0 ] || refuse 'this installs packages and a unit of systemd: run it as root'
  env_file_check "$clone/.env"
  if ! has_compose; then
    install_packages
  fi
  [ "${1-}" != --packages-only ] || exit 0

  systemctl enable --now --quiet docker
  cd "$clone"
  write_settings
  say 'building the image'
  docker compose build
  install_unit
  say 'starting'
  # Replaces the containers that are not of this image or these settings; the others go on.
  systemctl start "$unit"
  docker compose up --detach --no-build --remove-orphans
  say 'done: docker compose ps, docker compose logs -f'
}

main "$@"
