// What arguments look like: the one place where their text is understood.
import { statSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { orderIdPattern } from '../shared/domain.js';

/** The origin of a server; `http://` may be left out. */
export function parseUrl(text: string): URL {
  const full = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  // Anything beyond the origin would be dropped from each request, silently.
  if (
    !url ||
    !['http:', 'https:'].includes(url.protocol) ||
    `${url.pathname}${url.search}${url.hash}` !== '/'
  ) {
    throw new InvalidArgumentError('It must be like http://127.0.0.1:8080, without a path.');
  }
  return url;
}

export function wholeNumber(min: number, max: number) {
  return (text: string): number => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < min || number > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return number;
  };
}

export function parseProbability(text: string): number {
  const number = Number(text);
  if (!/^[\d.]+$/.test(text) || !(number >= 0 && number <= 1)) {
    throw new InvalidArgumentError('It must be a number from 0 to 1, like 0.6.');
  }
  return number;
}

export function parseNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) {
    throw new InvalidArgumentError('It must be names separated by commas, like GameStart,AAPL.');
  }
  return [...new Set(names)];
}

/** The name of a stock: `/stocks/` without one would be another question. */
export function parseName(text: string): string {
  if (text.trim() === '' || !text.isWellFormed() || text === '.' || text === '..') {
    throw new InvalidArgumentError('It must be the name of a stock, like GameStart.');
  }
  return text;
}

export function parseKey(text: string): string {
  if (!orderIdPattern.test(text)) {
    throw new InvalidArgumentError(
      'It must be 1 to 64 letters, digits or . _ : - (starting with a letter or digit).',
    );
  }
  return text;
}

export function existingPath(path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })) {
    throw new InvalidArgumentError('There is no such file or directory.');
  }
  return path;
}
