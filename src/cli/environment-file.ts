// The settings in a file .env. Read more strictly than Node does: a byte order mark, or a line without a `=`, makes it
// lose the next setting without a word, and with API_KEYS that is an open port.
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigError, settingNames } from '../shared/config.js';
import { namesSetIn } from './environment-text.js';
import { nearest } from './nearest.js';

/** What the stock command reads itself, Compose for its files, and scripts/simulate_crashes.sh. */
const namesOfOthers = [
  'FRONTEND_URL',
  'CONTAINER_PREFIX',
  'PUBLISH_ADDRESS',
  'VOLUMES_DIR',
  'CONTAINER_USER',
  'PROMETHEUS_PORT',
  'GRAFANA_PORT',
  'POSTGRES_PASSWORD',
  'POSTGRES_IMAGE',
  'PRIVATE_ADDRESS',
  'IMAGE',
];
const names = [...settingNames, ...namesOfOthers];

/** What Docker, Node, OpenTelemetry and libpq read, and what says how output looks. */
const foreign =
  /^(COMPOSE|DOCKER|BUILDKIT|NODE|OTEL|PG[A-Z]+|npm)(_|$)|^(NO|FORCE)_COLOR$|^(http|https|no)_proxy$/i;

export const isKnownName = (name: string): boolean => names.includes(name) || foreign.test(name);

function decode(path: string, bytes: Buffer): string {
  // Text has no such byte, unless each letter is two.
  if (bytes.includes(0)) {
    throw new ConfigError(`${path} is not UTF-8 (it looks like UTF-16): save it as UTF-8`);
  }
  try {
    // Takes a byte order mark away.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ConfigError(`${path} is not UTF-8: save it as UTF-8`, { cause: error });
  }
}

/** What a text sets. @throws ConfigError */
function parse(path: string, text: string): Record<string, string> {
  const expected = namesSetIn(path, text);
  // A line of spaces makes Node lose the one after it.
  const settings = parseEnv(text.replaceAll(/^[ \t\r]+$/gm, '')) as Record<string, string>;
  const lost = expected.find((name) => !(name in settings));
  if (lost !== undefined) {
    throw new ConfigError(`${path} sets ${lost} in a way that Node does not understand: write NAME=value`);
  }
  return settings;
}

function readText(path: string): string | undefined {
  try {
    return decode(path, readFileSync(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      return undefined;
    }
    throw code === undefined
      ? error
      : new ConfigError(`${path} cannot be read (${code}): make it a readable file, or remove it`, {
          cause: error,
        });
  }
}

function warningOf(path: string, name: string): string {
  const meant = nearest(name, names);
  const question = meant === undefined ? '' : `; did you mean ${meant}?`;
  return `${path}: ${name} is not a setting of this system${question}`;
}

/**
 * Adds what a file sets to an environment, which has precedence. A missing file sets nothing.
 * @returns a sentence for each name in it that is nobody's
 * @throws ConfigError the file cannot be read, or not without a doubt
 */
export function loadEnvironmentFile(path: string, environment: Record<string, string | undefined>): string[] {
  const text = readText(path);
  if (text === undefined) {
    return [];
  }
  const settings = parse(path, text);
  for (const [name, value] of Object.entries(settings)) {
    environment[name] ??= value;
  }
  return Object.keys(settings)
    .filter((name) => !isKnownName(name))
    .map((name) => warningOf(path, name));
}
