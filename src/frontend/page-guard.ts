// Keeps pages of other origins from trading. A browser lets any page send a form to any server, this machine's own ports
// too, and adds the password that it knows. What it sends says from where: in Origin, or in Sec-Fetch-Site
// (https://www.w3.org/TR/fetch-metadata/). Programs send neither, and pass.
//
// An origin that is the same as the host that was asked proves nothing by itself: a page at a name whose owner lets it
// resolve to this machine (DNS rebinding) is of that origin, too. Nobody can do so with an address, localhost, or a name
// of ours.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { code } from '../shared/answer-codes.js';
import { turnAway, type RefusalParts } from './refusal.js';

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

const safeMethods: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** How much of what a client sent is repeated to it. */
const maxShown = 100;

export interface TrustedPages {
  /** Origins whose pages may trade, or `*`. */
  readonly origins: readonly string[];
  /** Names under which this system's own pages may trade, in lower case, beside addresses and localhost. */
  readonly hosts: readonly string[];
}

/** Host name and port as in a URL, without the port that its scheme implies; undefined if it is not one. */
function parseHost(host: string): URL | undefined {
  const url = `http://${host}`;
  return URL.canParse(url) ? new URL(url) : undefined;
}

/** Whether a page of this origin was served by the host that was asked. Its scheme may be another one: a proxy's. */
function isOwn(origin: string, asked: URL): boolean {
  if (!URL.canParse(origin)) {
    return false;
  }
  const { hostname, port } = new URL(origin);
  const standardPort = origin.startsWith('https:') ? '443' : '80';
  return hostname === asked.hostname && (port || standardPort) === (asked.port || standardPort);
}

/** An address is in brackets if it is one of IPv6. */
function isTrusted(hostname: string, hosts: readonly string[]): boolean {
  const name = hostname.replace(/\.$/, '');
  return name === 'localhost' || isIP(name.replace(/^\[|\]$/g, '')) !== 0 || hosts.includes(name);
}

const shown = (text: string): string =>
  text.length > maxShown ? `${text.slice(0, maxShown)}…` : text || 'no name';

function foreignText(origin: string | undefined): string {
  if (origin === 'null') {
    return 'a page without an origin, such as a file, may not do this; only CORS_ORIGINS=* allows it';
  }
  const from = origin === undefined ? 'another origin' : shown(origin);
  const help = /^https?:/.test(origin ?? 'https:')
    ? 'to allow it, add its origin to CORS_ORIGINS'
    : 'only CORS_ORIGINS=* allows it';
  return `a page of ${from} may not do this; ${help}`;
}

/** Whether a browser sent it, for a page. */
const isOfPage = ({ origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean =>
  origin !== undefined || site !== undefined;

/** Why a request that changes something may not, as a sentence that a page can show; undefined: it may. */
export function pageRefusal(
  headers: IncomingHttpHeaders,
  { origins, hosts }: TrustedPages,
): string | undefined {
  const { origin, host = '', 'sec-fetch-site': site } = headers;
  if (!isOfPage(headers) || origins.includes('*')) {
    return undefined;
  }
  if (origin !== undefined && origins.includes(origin)) {
    return undefined;
  }
  const asked = parseHost(host);
  const isForeign = site === 'cross-site' || site === 'same-site';
  if (isForeign || (origin !== undefined && !(asked && isOwn(origin, asked)))) {
    return foreignText(origin);
  }
  const hostname = asked?.hostname ?? host;
  return isTrusted(hostname, hosts)
    ? undefined
    : `a page at ${shown(hostname)} may not do this; to allow it, add that name to ALLOWED_HOSTS`;
}

function refuse(
  parts: RefusalParts,
  why: (headers: IncomingHttpHeaders) => string | undefined,
  listener: Listener,
): Listener {
  return (request, response) => {
    const refusal = safeMethods.has(request.method) ? undefined : why(request.headers);
    return refusal === undefined
      ? listener(request, response)
      : turnAway(parts, request, response, { status: code.forbidden, message: refusal });
  };
}

/** Answers 403 to foreign pages that would change something. */
export function refuseForeignPages(parts: RefusalParts, trusted: TrustedPages, listener: Listener): Listener {
  return refuse(parts, (headers) => pageRefusal(headers, trusted), listener);
}

/** Answers 403 to all pages that would change something. */
export function refusePages(parts: RefusalParts, listener: Listener): Listener {
  return refuse(parts, (headers) => (isOfPage(headers) ? 'this port is not for pages' : undefined), listener);
}
