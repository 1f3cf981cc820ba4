import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { settingNames } from '../../src/shared/config.js';
import { needsDocker, repository, serviceNames } from '../support/compose.js';

interface ComposeFile {
  readonly services: Readonly<Record<string, { environment: object; ports?: { target: number }[] }>>;
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

function parse(environment: Readonly<Record<string, string>> = {}, profile?: string): ComposeFile {
  const profiles = profile === undefined ? [] : ['--profile', profile];
  const args = ['compose', '--env-file', '/dev/null', ...profiles, 'config', '--format', 'json'];
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment };
  return JSON.parse(execFileSync('docker', args, { cwd: repository, env, encoding: 'utf8' })) as ComposeFile;
}

describe('docker-compose.yml', () => {
  needsDocker();

  it('describes the five services without any .env', () => {
    expect(Object.keys(parse().services)).to.have.members([...serviceNames]);
  });

  it('adds Prometheus and Grafana in the profile observability, published on loopback only', () => {
    const { services } = parse({}, 'observability');
    expect(Object.keys(services)).to.have.members([...serviceNames, 'prometheus', 'grafana']);
    const ports = [services['prometheus'], services['grafana']].flatMap((service) => service?.ports ?? []);
    expect(ports).to.have.lengthOf(2);
    ports.forEach((port) => expect(port).to.include({ host_ip: '127.0.0.1' }));
  });

  it('hands every setting on that means something in a container', () => {
    const expected = settingNames.filter((name) => !meaninglessInContainers.includes(name));
    expect(Object.keys(parse().services['order-1']?.environment ?? {})).to.have.members(expected);
  });

  it('takes settings from the environment', () => {
    expect(parse({ CACHE_SIZE: '7' }).services['frontend']?.environment).to.include({ CACHE_SIZE: '7' });
  });

  it('publishes the public port of the frontend and nothing else', () => {
    const published = Object.entries(parse().services).flatMap(([service, { ports = [] }]) =>
      ports.map(({ target }) => `${service}:${target}`),
    );
    expect(published).to.deep.equal(['frontend:8080']);
  });
});
