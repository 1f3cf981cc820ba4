#!/usr/bin/env bash
# Installs the packages and builds everything for a run without containers (npm start).
# Needs Node 20.19 or later, and npm; nothing else.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

for tool in node npm; do
  if ! command -v "$tool" >/dev/null; then
    printf '%s is missing: install Node 20.19 or later, which brings npm, from https://nodejs.org.\n' "$tool" >&2
    exit 1
  fi
done
npm run --silent setup # checks the version, installs what is missing, builds what is out of date
printf 'Built. Start the system with: npm start\n'
