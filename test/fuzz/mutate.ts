// Odd values, and what becomes of bytes on a bad way. All of it is drawn from a seeded generator, so that it comes again.
import { randomInteger, type Random } from '../../src/cli/seeded-random.js';

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[randomInteger(random, 0, items.length - 1)] as Item;
}

export const chance = (random: Random, probability: number): boolean => random() < probability;

/** Numbers at which programs change their minds. */
export const edgeNumbers = [
  0, 1, -1, 2, 7, 64, 127, 128, 255, 256, 1_000, 1_023, 1_024, 10_000, 10_001, 32_767, 65_535, 65_536,
  1_000_000, 2_147_483_646, 2_147_483_647, 2_147_483_648, -2_147_483_647, -2_147_483_648, 4_294_967_294,
  4_294_967_295, 4_294_967_296, 9_007_199_254_740_991, 9_007_199_254_740_992, 1.5, -0, 1e21, 1e308, 5e-324,
] as const;

const oddTexts = [
  '',
  ' ',
  '.',
  '..',
  '*',
  ',',
  ';',
  '"',
  "'",
  '%',
  '%00',
  '%zz',
  '%2f',
  '\0',
  '\n',
  '\r\n',
  '\t',
  '\x7f',
  '\ud800',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  'NaN',
  'true',
  '-0',
  '0x10',
  '1e9',
  '=1+1',
  '@SUM(A1)',
  '../../etc/passwd',
  '<script>',
  '${x}',
  '{{x}}',
  "' OR 1=1--",
  'term',
  'refused-buy',
  'buy',
  'sell',
  'BUY',
  'ａ',
  '📈',
  '\u202e',
  '\ufeff',
  'e\u0301',
  'GameStart',
  'order-3',
  'x'.repeat(64),
  'x'.repeat(65),
  'x'.repeat(5_000),
] as const;

/** A text that is odd, or random characters, or both. */
export function oddText(random: Random): string {
  const odd = pick(random, oddTexts);
  if (chance(random, 0.6)) {
    return odd;
  }
  const codes = Array.from({ length: randomInteger(random, 0, 12) }, () => randomInteger(random, 0, 0x2ff));
  return String.fromCharCode(...codes) + (chance(random, 0.5) ? odd : '');
}

const tokens = [
  ...oddTexts,
  ...edgeNumbers.map(String),
  '\r\n\r\n',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Host: x\r\n',
  'Expect: 100-continue\r\n',
  'Connection: close\r\n',
  'HTTP/1.0',
  'HTTP/2.0',
  'PRI * HTTP/2.0',
  '{',
  '}',
  '[',
  ']',
  ':',
  '{"name":',
  '\\u0000',
  '\\',
].map((text) => Buffer.from(text));

type Mutation = (random: Random, bytes: Buffer) => Buffer;

/** Two places in the bytes, in order. */
function range(random: Random, bytes: Buffer, longest = 64): [number, number] {
  const start = randomInteger(random, 0, bytes.length);
  return [start, Math.min(bytes.length, start + randomInteger(random, 0, longest))];
}

function replaced(bytes: Buffer, start: number, end: number, middle: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, start), middle, bytes.subarray(end)]);
}

const mutations: readonly Mutation[] = [
  function flipBit(random, bytes) {
    const copy = Buffer.from(bytes);
    const place = randomInteger(random, 0, Math.max(0, copy.length - 1));
    copy[place] = (copy[place] ?? 0) ^ (1 << randomInteger(random, 0, 7));
    return copy;
  },
  function setByte(random, bytes) {
    const copy = Buffer.from(bytes);
    copy[randomInteger(random, 0, Math.max(0, copy.length - 1))] = pick(
      random,
      [0, 9, 10, 13, 32, 34, 44, 127, 128, 255],
    );
    return copy;
  },
  function insertToken(random, bytes) {
    const [at] = range(random, bytes);
    return replaced(bytes, at, at, pick(random, tokens));
  },
  function replaceWithToken(random, bytes) {
    const [start, end] = range(random, bytes, 8);
    return replaced(bytes, start, end, pick(random, tokens));
  },
  function insertNoise(random, bytes) {
    const [at] = range(random, bytes);
    const noise = Array.from({ length: randomInteger(random, 1, 16) }, () => randomInteger(random, 0, 255));
    return replaced(bytes, at, at, Buffer.from(noise));
  },
  function cutOut(random, bytes) {
    const [start, end] = range(random, bytes);
    return replaced(bytes, start, end, Buffer.alloc(0));
  },
  function repeat(random, bytes) {
    const [start, end] = range(random, bytes);
    const part = bytes.subarray(start, end);
    return replaced(
      bytes,
      end,
      end,
      Buffer.concat(Array.from({ length: randomInteger(random, 1, 20) }, () => part)),
    );
  },
  function cutOff(random, bytes) {
    return bytes.subarray(0, randomInteger(random, 0, bytes.length));
  },
];

/** One to four mutations, one after the other. */
export function mutate(random: Random, bytes: Buffer): Buffer {
  let mutated = bytes;
  for (let left = randomInteger(random, 1, 4); left > 0; left -= 1) {
    mutated = pick(random, mutations)(random, mutated);
  }
  return mutated;
}
