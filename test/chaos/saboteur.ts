// The one container more in a chaos run on containers: all calls among the services go through its links, and all their
// disks are mounted in it, so that it can fill them, and so that they survive when a container ends. It works on any
// Docker engine, because it needs no rights on the host. Told by HTTP what to do.
import { createServer } from 'node:http';
import { mkdirSync, openSync, closeSync, rmSync, writeSync } from 'node:fs';
import { seededRandom } from '../../src/cli/seeded-random.js';
import { fairWeather, Link, type LinkEnds, type Weather } from '../support/link.js';

export interface SaboteurSettings {
  readonly controlPort: number;
  readonly seed: number;
  /** By the name of the link. */
  readonly links: Readonly<Record<string, LinkEnds>>;
  /** Where the disk of each service is mounted. */
  readonly disks: Readonly<Record<string, string>>;
}

export type Sabotage =
  | { readonly do: 'weather'; readonly link: string; readonly weather: Weather }
  | { readonly do: 'fill' | 'free'; readonly disk: string };

const filler = '.filler';
const largestPieceBytes = 256 * 1024;

const settings = JSON.parse(process.env.SABOTEUR ?? '{}') as SaboteurSettings;
const links = new Map<string, Link>();
const chance = seededRandom(settings.seed);
for (const [name, ends] of Object.entries(settings.links)) {
  const link = await Link.open(ends, chance);
  link.weather = fairWeather;
  links.set(name, link);
}

/** Writes until not a byte more can be written. */
function fill(directory: string): void {
  mkdirSync(directory, { recursive: true });
  const file = openSync(`${directory}/${filler}`, 'a');
  try {
    for (let bytes = largestPieceBytes; bytes >= 1; bytes = Math.floor(bytes / 2)) {
      writeWhilePossible(file, Buffer.alloc(bytes));
    }
  } finally {
    closeSync(file);
  }
}

function writeWhilePossible(file: number, piece: Buffer): void {
  try {
    while (writeSync(file, piece) > 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') {
      throw error;
    }
  }
}

function obey(sabotage: Sabotage): void {
  if (sabotage.do === 'weather') {
    const link = links.get(sabotage.link);
    if (!link) {
      throw new Error(`there is no link ${sabotage.link}`);
    }
    link.weather = sabotage.weather;
    return;
  }
  const directory = settings.disks[sabotage.disk];
  if (directory === undefined) {
    throw new Error(`there is no disk of ${sabotage.disk}`);
  }
  if (sabotage.do === 'fill') {
    fill(directory);
  } else {
    rmSync(`${directory}/${filler}`, { force: true });
  }
}

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end('{}'); // The health check of its container.
    return;
  }
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (piece: string) => (text += piece));
  request.on('end', () => {
    try {
      obey(JSON.parse(text) as Sabotage);
      response.end('{}');
    } catch (error) {
      response.writeHead(500).end(JSON.stringify({ error: String(error) }));
    }
  });
});
server.listen(settings.controlPort);
