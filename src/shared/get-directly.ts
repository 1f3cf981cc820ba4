// A question to our own system, past any proxy. With NODE_USE_ENV_PROXY (Node 22.21, 24.5 and later) `fetch`, and
// requests through Node's global agents, obey http_proxy and its kin; a request with an agent of its own does not.
import { get as getOverHttp } from 'node:http';
import { get as getOverHttps } from 'node:https';
import { text } from 'node:stream/consumers';

export interface DirectAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * @param timeoutMs how long it may take, to the last byte of the answer
 * @throws Error there is no complete answer; an answer of any status is no error
 */
export function getDirectly(url: URL, timeoutMs: number): Promise<DirectAnswer> {
  const get = url.protocol === 'https:' ? getOverHttps : getOverHttp;
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, text: body }), reject);
    });
    const deadline = setTimeout(
      () => request.destroy(new Error(`no complete answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    request.on('error', reject);
    request.on('close', () => clearTimeout(deadline));
  });
}
