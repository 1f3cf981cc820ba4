// A stand-in for the official image of PostgreSQL, from the server on this machine: it takes the same variables, keeps its
// files in the same place, and becomes an ordinary user in the same way.
import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { programs } from './postgres-server.js';

const entryPoint = `#!/bin/sh
set -eu
data=/var/lib/postgresql/data
if [ "$(id -u)" = 0 ]; then
  chown postgres "$data" /var/run/postgresql
  chmod 700 "$data"
  exec setpriv --reuid postgres --regid postgres --clear-groups "$0"
fi
if ! [ -s "$data/PG_VERSION" ]; then
  printf %s "$POSTGRES_PASSWORD" >/tmp/password
  initdb -D "$data" -U "$POSTGRES_USER" --pwfile=/tmp/password -A scram-sha-256 -E UTF8 --locale=C
  echo 'host all all all scram-sha-256' >>"$data/pg_hba.conf"
  pg_ctl -D "$data" -w -o "-c listen_addresses=''" start
  PGPASSWORD=$POSTGRES_PASSWORD psql -U "$POSTGRES_USER" -h /var/run/postgresql -c "CREATE DATABASE $POSTGRES_DB" postgres
  pg_ctl -D "$data" -w -m fast stop
fi
exec postgres -D "$data" -c "listen_addresses=*"
`;

const dockerfile = (directory: string): string => `FROM node:24-bookworm-slim
RUN useradd --system postgres && mkdir -p /var/lib/postgresql/data
COPY files /
ENV PATH=${directory}:$PATH
STOPSIGNAL SIGINT
ENTRYPOINT ["/entry-point.sh"]
`;

const output = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { encoding: 'utf8' }).trim();

/** The shared libraries that programs need, but those of the C library, which belong to the base. */
function librariesOf(paths: readonly string[]): string[] {
  const libraries = [...output('ldd', ...paths).matchAll(/=> (\/\S+)/g)].map(([, path = '']) => path);
  return libraries.filter((path) => !/\/lib(c|m|resolv|pthread|dl|rt)\.so/.test(path));
}

/** Builds it under a tag. */
export async function buildPostgresImage(tag: string): Promise<void> {
  const bin = programs ?? '';
  const used = ['postgres', 'initdb', 'pg_ctl', 'psql', 'pg_isready'].map((name) => join(bin, name));
  const directories = ['--sharedir', '--pkglibdir'].map((which) => output(join(bin, 'pg_config'), which));
  const context = await mkdtemp(join(tmpdir(), 'stock-postgres-image-'));
  const files = join(context, 'files');
  for (const path of new Set([...used, ...directories, ...librariesOf(used)])) {
    // Where a directory is a link, as /lib may be, it is one in the base, too.
    const target = join(files, realpathSync(dirname(path)), basename(path));
    await mkdir(dirname(target), { recursive: true });
    await cp(path, target, { recursive: true, dereference: true });
  }
  await writeFile(join(files, 'entry-point.sh'), entryPoint, { mode: 0o755 });
  await writeFile(join(context, 'Dockerfile'), dockerfile(bin));
  output('docker', 'build', '--quiet', '--tag', tag, context);
  await rm(context, { recursive: true, force: true });
}
