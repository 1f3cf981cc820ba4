// What a chaos run adds to the repository's docker-compose.yml: the saboteur in between, and small disks.
import { join } from 'node:path';
import { repository } from '../support/compose.js';
import { serviceNames, type ServiceName } from '../support/system.js';
import { allLinks, linkSettings, linkText, type LinkName } from './links.js';
import type { SaboteurSettings } from './saboteur.js';

const saboteur = 'saboteur';
/** A tag of its own: a chaos run shall not replace the image that `docker compose up` made. */
const image = 'distributed-stock-server:chaos';
const controlPort = 9_000;
const firstLinkPort = 20_000;
const diskSize = '64m';
/** The one-shot service that makes the disks usable for the others. */
const preparation = 'volumes';

/** Where the services listen inside their containers, as docker-compose.yml and the defaults say. */
const servicePorts: Readonly<Record<ServiceName, number>> = {
  catalog: 15_050,
  'order-1': 15_051,
  'order-2': 15_052,
  'order-3': 15_053,
  frontend: 8_081,
};

const diskOwners = serviceNames.filter((name) => name !== 'frontend');
/** Where the saboteur sees the disks. */
export const diskRoot = '/disks';

const linkPort = (link: LinkName): number =>
  firstLinkPort + allLinks.findIndex((each) => linkText(each) === linkText(link));

function saboteurSettings(seed: number): SaboteurSettings {
  const links = allLinks.map((link) => {
    const target = { targetHost: link.to, targetPort: servicePorts[link.to] };
    return [linkText(link), { host: '0.0.0.0', port: linkPort(link), ...target }] as const;
  });
  const disks = diskOwners.map((name) => [name, `${diskRoot}/${name}`] as const);
  return { controlPort, seed, links: Object.fromEntries(links), disks: Object.fromEntries(disks) };
}

const diskName = (service: ServiceName): string => `${service}-disk`;

function serviceOverride(name: ServiceName) {
  const addressOf = (link: LinkName): string => `${saboteur}:${linkPort(link)}`;
  return {
    image,
    environment: linkSettings(name, allLinks, addressOf),
    ...(name !== 'frontend' && { volumes: [`${diskName(name)}:/app/volumes/${name}`] }),
  };
}

/** A Compose file that changes nothing but the image's tag, as JSON, which is YAML too. */
export function plainOverride(): string {
  const names = [preparation, ...serviceNames];
  return JSON.stringify({ services: Object.fromEntries(names.map((name) => [name, { image }])) });
}

/**
 * A Compose file that leads all calls through the saboteur, and puts all files on small disks.
 * @param hostControlPort where the saboteur is told what to do, on the host
 */
export function saboteurOverride(seed: number, hostControlPort: number): string {
  const services = serviceNames.map((name) => [name, serviceOverride(name)] as const);
  const disk = { driver: 'local', driver_opts: { type: 'tmpfs', device: 'tmpfs', o: `size=${diskSize}` } };
  return JSON.stringify({
    services: {
      ...Object.fromEntries(services),
      [preparation]: {
        image,
        volumes: diskOwners.map((name) => `${diskName(name)}:/app/volumes/${name}`),
        // A small disk is empty again when nobody holds it.
        depends_on: { [saboteur]: { condition: 'service_started' } },
      },
      [saboteur]: saboteurContainer(seed, hostControlPort),
    },
    volumes: Object.fromEntries(diskOwners.map((name) => [diskName(name), disk])),
  });
}

function saboteurContainer(seed: number, hostControlPort: number) {
  return {
    image,
    entrypoint: ['node', 'dist/test/chaos/saboteur.js'],
    user: '0:0',
    init: true,
    stop_grace_period: '1s',
    // The links are on the one, its own port is published on the other.
    networks: ['services', 'public'],
    environment: {
      SABOTEUR: JSON.stringify(saboteurSettings(seed)),
      // Each name that does not resolve now may keep one of these waiting.
      UV_THREADPOOL_SIZE: 64,
    },
    ports: [`127.0.0.1:${hostControlPort}:${controlPort}`],
    volumes: [
      `${join(repository, 'dist/test')}:/app/dist/test:ro`,
      ...diskOwners.map((name) => `${diskName(name)}:${diskRoot}/${name}`),
    ],
    healthcheck: { test: ['CMD', 'scripts/container_health.sh', String(controlPort), '/'], interval: '1s' },
  };
}

/** The saboteur's container, among those of a project. */
export const saboteurService = saboteur;
