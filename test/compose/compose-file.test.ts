import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { settingNames } from '../../src/shared/config.js';
import { needsDocker, repository, serviceNames } from '../support/compose.js';

interface ComposeFile {
  readonly services: Readonly<
    Record<
      string,
      {
        environment: object;
        ports?: { target: number }[];
        volumes?: { source: string; target: string; read_only?: boolean }[];
      }
    >
  >;
}

/** Ports inside containers are fixed, the image brings the initial catalog, and Docker restarts containers itself. */
const meaninglessInContainers = [
  'FRONTEND_PORT',
  'FRONTEND_INTERNAL_PORT',
  'CATALOG_PORT',
  'ORDER_1_PORT',
  'ORDER_2_PORT',
  'ORDER_3_PORT',
  'INITIAL_CATALOG',
  'RESTART_DELAY_MS',
];

function parse(environment: Readonly<Record<string, string>> = {}): ComposeFile {
  const args = ['compose', '--env-file', '/dev/null', 'config', '--format', 'json'];
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment };
  return JSON.parse(execFileSync('docker', args, { cwd: repository, env, encoding: 'utf8' })) as ComposeFile;
}

describe('docker-compose.yml', () => {
  needsDocker();

  it('describes the five services, and the making of their certificates, without any .env', () => {
    expect(Object.keys(parse().services)).to.have.members([...serviceNames, 'certificates']);
  });

  it('hands every setting on that means something in a container', () => {
    const expected = settingNames.filter((name) => !meaninglessInContainers.includes(name));
    expect(Object.keys(parse().services['order-1']?.environment ?? {})).to.have.members(expected);
  });

  it('takes settings from the environment', () => {
    expect(parse({ CACHE_SIZE: '7' }).services['frontend']?.environment).to.include({ CACHE_SIZE: '7' });
  });

  it('has services show each other certificates, unless it is told otherwise', () => {
    expect(parse().services['catalog']?.environment).to.include({ TLS: 'mutual' });
    expect(parse({ TLS: 'off' }).services['catalog']?.environment).to.include({ TLS: 'off' });
  });

  it('shows each service its own key, and no other', () => {
    for (const service of serviceNames) {
      const mounts = (parse().services[service]?.volumes ?? []).filter(({ target }) =>
        target.startsWith('/app/tls'),
      );
      expect(mounts).to.have.length(1);
      expect(mounts[0]).to.deep.include({ target: `/app/tls/${service}`, read_only: true });
      expect(mounts[0]?.source).to.match(new RegExp(`/tls/${service}$`));
    }
  });

  it('publishes the public port of the frontend and nothing else', () => {
    const published = Object.entries(parse().services).flatMap(([service, { ports = [] }]) =>
      ports.map(({ target }) => `${service}:${target}`),
    );
    expect(published).to.deep.equal(['frontend:8080']);
  });
});
