// Who calls the public port. Without API keys everybody may, and a caller is an address. With them a caller is the name
// of a key, and what one calls its orders is no business of the others.
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { ApiKey } from '../shared/setting-types.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Bearer for programs, Basic because browsers ask people for it: any user name, the key as the password. */
const authorization = /^(Bearer|Basic) +([A-Za-z0-9+/=._~-]{1,512})$/i;

/** The API key of a request; undefined if it has none. */
function givenKey({
  authorization: header = '',
  'x-api-key': plain,
}: IncomingHttpHeaders): string | undefined {
  if (typeof plain === 'string') {
    return plain;
  }
  const [, scheme, credentials = ''] = authorization.exec(header) ?? [];
  if (scheme?.toLowerCase() !== 'basic') {
    return scheme && credentials;
  }
  const text = Buffer.from(credentials, 'base64').toString();
  return text.slice(text.indexOf(':') + 1);
}

export class Callers {
  /** Names by the digest of the key: how long a lookup takes tells nothing about a key that is nearly right. */
  readonly #names: ReadonlyMap<string, string>;

  /** @param apiKeys none: everybody may call */
  constructor(apiKeys: readonly ApiKey[]) {
    this.#names = new Map(apiKeys.map(({ caller, key }) => [digest(key).toString('hex'), caller]));
  }

  /** Whether a caller must show a key. */
  get mustShowKey(): boolean {
    return this.#names.size > 0;
  }

  /** Undefined: the key is missing, or none of ours. */
  name({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): string | undefined {
    if (!this.mustShowKey) {
      return socket.remoteAddress ?? 'unknown';
    }
    const key = givenKey(headers);
    return key === undefined ? undefined : this.#names.get(digest(key).toString('hex'));
  }

  /**
   * What the system calls the order that a caller calls `key`: with API keys another name for each caller, in the form
   * of a UUID, because those take the least memory.
   */
  orderId(request: Pick<IncomingMessage, 'headers' | 'socket'>, key: string): string {
    if (!this.mustShowKey) {
      return key;
    }
    const hex = digest(`${this.name(request)}\n${key}`).toString('hex', 0, 16);
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }
}
