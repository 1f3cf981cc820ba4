import { get, type IncomingMessage } from 'node:http';
import { BenchError } from './bench-error.js';

/**
 * Reads the events of a frontend as so many open pages do, from elsewhere as far as it can tell.
 * @returns closes them
 */
export async function openPages(url: string, count: number): Promise<() => void> {
  const streams = await Promise.all(Array.from({ length: count }, () => openPage(url)));
  return () => streams.forEach((stream) => stream.destroy());
}

function openPage(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get(new URL('/events', url), { agent: false }, (response) => {
      response.on('error', () => undefined).resume();
      if (response.statusCode === 200) {
        resolve(response);
      } else {
        reject(new BenchError(`A page got ${response.statusCode} instead of events.`));
      }
    });
    request.on('error', reject);
  });
}
