// What a setting may be: the kinds of values that stand in the schema of config.ts.
import { z } from 'zod';

/** A whole number within bounds. */
export const wholeNumber = (min: number, max: number) => {
  const text = `must be a whole number from ${min} to ${max}`;
  // Number() alone would also take 0x64, 1e3 and 7.0, which nobody means.
  return z.string().regex(/^\d+$/, text).transform(Number).pipe(z.number().min(min, text).max(max, text));
};

const maxPort = 65_535;
export const port = (standard: number) => wholeNumber(1, maxPort).default(standard);
export const milliseconds = (standard: number, min: number, max: number) =>
  wholeNumber(min, max).default(standard);

function isAddress(text: string): boolean {
  const [, digits] = /^(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\]):(\d{1,5})$/.exec(text) ?? [];
  return Number(digits) >= 1 && Number(digits) <= maxPort;
}

export const address = z.string().refine(isAddress, `must be host:port, with a port from 1 to ${maxPort}`);

const list = z.string().transform((text) => text.split(',').map((entry) => entry.trim()));

export const addresses = list.pipe(z.array(address).min(1).max(16)).superRefine((entries, context) => {
  const twice = entries.find((entry, index) => entries.indexOf(entry) < index);
  if (twice !== undefined) {
    context.addIssue({ code: 'custom', message: `${twice} stands there twice` });
  }
});

/** In a file of settings, and behind `=` in most shells, `~` is a name like any other. */
export const path = z.string().regex(/^[^~]/, 'only a shell knows what ~ is: write the path in full');

/** An origin as browsers send it: one that is written otherwise would never match, and nobody would be told. */
const origin = z.string().superRefine((text, context) => {
  if (text === '*') {
    return;
  }
  const sent = URL.canParse(text) ? new URL(text).origin : 'null';
  if (!/^https?:\/\/[^\s,]+$/i.test(text) || sent === 'null') {
    context.addIssue({ code: 'custom', message: 'must be * or like https://example.org' });
  } else if (text !== sent) {
    context.addIssue({ code: 'custom', message: `browsers send ${sent} instead of ${text}` });
  }
});

export const origins = list.pipe(z.array(origin).max(64));

const hostName = z
  .string()
  .toLowerCase()
  .regex(/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/, 'must be names like trade.example.org, without a port');

export const hostNames = list.pipe(z.array(hostName).max(64));

/** The name of a caller, and the secret that it shows. */
export interface ApiKey {
  readonly caller: string;
  readonly key: string;
}

const apiKeyPattern = /^([a-z0-9-]{1,32}):([A-Za-z0-9._~-]{16,128})$/;

function parseApiKeys(setting: string, context: z.RefinementCtx): ApiKey[] {
  const entries = setting === '' ? [] : setting.split(',').map((entry) => entry.trim());
  const keys = entries.map((entry) => {
    const [, caller = '', key = ''] = apiKeyPattern.exec(entry) ?? [];
    return { caller, key };
  });
  const isDouble = new Set(keys.map(({ key }) => key)).size < keys.length;
  if (isDouble || keys.some(({ caller }) => caller === '')) {
    const text =
      'must be caller:key, comma-separated; caller a-z 0-9 -, each key another one of 16 to 128 letters or digits';
    context.addIssue({ code: 'custom', message: text });
    return z.NEVER;
  }
  return keys;
}

export const apiKeys = z.string().default('').transform(parseApiKeys);
