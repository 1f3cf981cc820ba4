import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { settingNames } from '../../src/shared/config.js';
import { nodeFlags } from '../../src/shared/node-flags.js';
import { needsCompose, repository, serviceNames } from '../support/compose.js';

interface ComposeService {
  readonly command?: readonly string[];
  readonly environment: object;
  readonly ports?: readonly { readonly target: number; readonly host_ip?: string }[];
  readonly healthcheck?: object;
  readonly volumes?: readonly {
    readonly source: string;
    readonly target: string;
    readonly read_only?: boolean;
  }[];
  readonly networks?: object;
  readonly network_mode?: string;
  readonly user: string;
  readonly init: boolean;
  readonly read_only: boolean;
  readonly cap_add?: readonly string[];
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly pids_limit: number;
  readonly mem_limit: string;
  readonly memswap_limit: string;
  readonly logging: { readonly options: object };
}

interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
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

/** What runs before the services, and ends. */
const preparations = ['volumes', 'certificates'];

/** What Compose makes of its files. @param envFile what it reads for .env */
function render(envFile: string, environment: Readonly<Record<string, string>>, options: string[]): string {
  const args = ['compose', '--env-file', envFile, ...options, 'config', '--format', 'json'];
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment };
  return execFileSync('docker', args, { cwd: repository, env, encoding: 'utf8' });
}

function parse(environment: Readonly<Record<string, string>> = {}, ...options: string[]): ComposeFile {
  return JSON.parse(render('/dev/null', environment, options)) as ComposeFile;
}

function expectConfined(service: ComposeService, name: string): void {
  expect(service, name).to.deep.include({
    read_only: true,
    init: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    pids_limit: 64,
    memswap_limit: service.mem_limit,
    logging: { options: { 'max-file': '3', 'max-size': '10m' } },
  });
  expect(Number(service.mem_limit), name).to.be.greaterThan(0);
  const isRoot = name === 'volumes';
  expect(service.user, name).to.equal(isRoot ? '0:0' : '1000:1000');
  expect(service.cap_add ?? [], name).to.have.length(isRoot ? 3 : 0);
}

describe('docker-compose.yml', () => {
  needsCompose();

  it('describes the five services, and what prepares volumes and certificates for them, without any .env', () => {
    expect(Object.keys(parse().services)).to.have.members([...serviceNames, ...preparations]);
  });

  it('adds Prometheus and Grafana in the profile observability, published on loopback only', () => {
    const { services } = parse({}, '--profile', 'observability');
    expect(Object.keys(services)).to.have.members([
      ...serviceNames,
      ...preparations,
      'prometheus',
      'grafana',
    ]);
    const added = [services['prometheus'], services['grafana']] as ComposeService[];
    const ports = added.flatMap((service) => service.ports ?? []);
    expect(ports).to.have.lengthOf(2);
    ports.forEach((port) => expect(port).to.include({ host_ip: '127.0.0.1' }));
    for (const service of added) {
      expect(service).to.deep.include({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    }
  });

  it('hands every setting on that means something in a container', () => {
    const expected = settingNames.filter((name) => !meaninglessInContainers.includes(name));
    expect(Object.keys(parse().services['order-1']?.environment ?? {})).to.have.members(expected);
  });

  it('takes settings from the environment', () => {
    expect(parse({ CACHE_SIZE: '7' }).services['frontend']?.environment).to.include({ CACHE_SIZE: '7' });
  });

  it('tells Node the same of each service as a native start does', () => {
    for (const service of serviceNames) {
      const main = `dist/src/${service.replace(/-\d$/, '')}/main.js`;
      expect(parse().services[service]?.command).to.deep.equal(['node', ...nodeFlags(service), main]);
    }
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
    const here = parse({ PUBLISH_ADDRESS: '127.0.0.1' }).services['frontend']?.ports;
    expect(here?.map(({ host_ip: address }) => address)).to.deep.equal(['127.0.0.1']);
  });

  it('lets the services talk on a network without a way out, and only the frontend on another one', () => {
    const { services, networks } = parse();
    expect(networks['services']).to.include({ internal: true });
    const onNetworks = Object.entries(services).map(([name, { networks: on = {} }]) => [
      name,
      Object.keys(on).sort().join(),
    ]);
    expect(Object.fromEntries(onNetworks)).to.deep.equal({
      ...Object.fromEntries(serviceNames.map((name) => [name, 'services'])),
      frontend: 'public,services',
      ...Object.fromEntries(preparations.map((name) => [name, ''])),
    });
    preparations.forEach((name) => expect(services[name]).to.include({ network_mode: 'none' }));
  });

  it('confines every container', () => {
    const all = Object.entries(parse({ COMPOSE_PROFILES: 'cli' }).services);
    expect(all).to.have.length(serviceNames.length + preparations.length + 1);
    for (const [name, service] of all) {
      expectConfined(service, name);
    }
  });

  it('runs the services as whom CONTAINER_USER names', () => {
    expect(parse({ CONTAINER_USER: '1001:1002' }).services['catalog']).to.include({ user: '1001:1002' });
  });
});

const addressesOfHosts = {
  PRIVATE_ADDRESS: '10.0.0.1',
  REPLICA_ID: '3',
  LEDGER_URL: 'postgres://stock@db/stocks',
  CATALOG_ADDRESSES: '10.0.0.1:15050,10.0.0.2:15050',
  FRONTEND_ADDRESSES: '10.0.0.1:8081,10.0.0.2:8081',
  ORDER_1_ADDRESS: '10.0.0.3:15051',
  ORDER_2_ADDRESS: '10.0.0.2:15052',
  ORDER_3_ADDRESS: '10.0.0.1:15053',
};

describe('the Compose files of several hosts', () => {
  needsCompose();

  const servicesOf = (file: string): ComposeFile['services'] =>
    parse(addressesOfHosts, '--file', file).services;
  const tradingHost = 'deploy/trading-host.yml';

  it('describe what runs on each, and confine it', () => {
    expect(Object.keys(servicesOf('deploy/replica-host.yml'))).to.have.members(['volumes', 'order']);
    const all = Object.entries(servicesOf(tradingHost));
    expect(all.map(([name]) => name)).to.have.members(['volumes', 'order', 'catalog', 'frontend']);
    all.forEach(([name, service]) => expectConfined(service, name));
  });

  it('ask each service how it is in the same way as on one host', () => {
    const onOne = parse().services;
    const { order, catalog, frontend } = servicesOf(tradingHost);
    expect([order, catalog, frontend].map((service) => service?.healthcheck)).to.deep.equal(
      ['order-3', 'catalog', 'frontend'].map((name) => onOne[name]?.healthcheck),
    );
    expect(servicesOf('deploy/replica-host.yml')['order']?.healthcheck).to.deep.equal(order?.healthcheck);
  });

  it('hand every setting on that means something there', () => {
    // There are always certificates, several catalogs, and nobody who tests.
    const others = [...meaninglessInContainers, 'CATALOG_ADDRESS', 'FAILPOINTS'];
    const expected = settingNames.filter((name) => !others.includes(name));
    expect(Object.keys(servicesOf(tradingHost)['order']?.environment ?? {})).to.have.members(expected);
  });

  it('publish what the others call at the private address, and only the public port everywhere', () => {
    const published = Object.values(servicesOf(tradingHost)).flatMap(({ ports = [] }) =>
      ports.map(({ host_ip: address = 'all', target }) => `${address}:${target}`),
    );
    expect(published).to.have.members(['all:8080', '10.0.0.1:8081', '10.0.0.1:15050', '10.0.0.1:15053']);
  });
});

describe('a copy of .env.example', () => {
  needsCompose();

  const single = ['--file', 'docker-compose.yml'];
  const cases: [string, string[], Record<string, string>][] = [
    ['docker-compose.yml', single, {}],
    ['docker-compose.yml with all profiles', [...single, '--profile', '*'], {}],
    ['deploy/postgres.yml', [...single, '--file', 'deploy/postgres.yml'], {}],
    ['deploy/replica-host.yml', ['--file', 'deploy/replica-host.yml'], addressesOfHosts],
    ['deploy/trading-host.yml', ['--file', 'deploy/trading-host.yml'], addressesOfHosts],
  ];
  for (const [what, options, environment] of cases) {
    it(`changes nothing of ${what}`, () => {
      expect(render('.env.example', environment, options)).to.equal(
        render('/dev/null', environment, options),
      );
    });
  }
});
