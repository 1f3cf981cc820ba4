/** Where nobody listens: a request to it fails at once. */
const deadProxy = 'http://127.0.0.1:9';

/**
 * The variables that send the traffic of a machine through a proxy, as a company or Docker's client settings set them, with
 * none that makes an exception. The last one makes Node 22.21, 24.5 and later obey them in `fetch` and `http.request`.
 */
export const proxyVariables: Readonly<Record<string, string>> = {
  http_proxy: deadProxy,
  https_proxy: deadProxy,
  all_proxy: deadProxy,
  grpc_proxy: deadProxy,
  HTTP_PROXY: deadProxy,
  HTTPS_PROXY: deadProxy,
  ALL_PROXY: deadProxy,
  NODE_USE_ENV_PROXY: '1',
};
