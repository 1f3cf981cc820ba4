// /openapi.json: the operations and the schemas as one OpenAPI 3.1 document. What belongs to one example has one name,
// in the parameters, the body and the answer; `x-examples` names those of each answer.
import { alwaysOpen } from '../admission.js';
import type { Operation, Parameter } from './operation.js';
import { operations } from './operations.js';
import { componentSchemas } from './schemas.js';

const header = (description: string, schema: object) => ({ description, schema });

const headers = {
  'X-Request-ID': header("The request's own id, or one made for it; it stands in the logs", {
    type: 'string',
    pattern: '^[A-Za-z0-9._:-]{1,128}$',
  }),
  'Cache-Control': header('How long the answer may be kept', { type: 'string' }),
  ETag: header('Names the state of the body', { type: 'string', pattern: '^"[^"]+"$' }),
  'X-Cache': header('How the cache was used; BYPASS: it is off or may not be used now', {
    enum: ['HIT', 'MISS', 'BYPASS'],
  }),
  'X-Stock-Version': header('Number of the last trade that touched the stock', {
    type: 'string',
    pattern: '^[0-9]+$',
  }),
  'Idempotency-Key': header('The key of the order, sent or made; with errors of the order, too', {
    type: 'string',
  }),
  Link: header('`rel="next"`: the older orders, if there are any', {
    type: 'string',
    pattern: '^<[^>]+>; rel="next"$',
  }),
  'Retry-After': header('When to try again, s', { type: 'string', pattern: '^[0-9]+$' }),
  'WWW-Authenticate': header('How to send an API key', { type: 'string' }),
} as const;

const requestId: Parameter = {
  name: 'X-Request-ID',
  in: 'header',
  description: 'Names the request, for the logs; one that is not of this form is replaced',
  schema: headers['X-Request-ID'].schema,
};

const schemaOf = (name: string) => ({ $ref: `#/components/schemas/${name}` });

function named(entries: readonly (readonly [string, unknown])[]) {
  return entries.length === 0
    ? {}
    : { examples: Object.fromEntries(entries.map(([name, value]) => [name, { value }])) };
}

function parameter(operation: Operation, declared: Parameter) {
  const values = Object.entries(operation.examples)
    .filter(([, { send = {} }]) => Object.hasOwn(send, declared.name))
    .map(([name, { send = {} }]) => [name, send[declared.name]] as const);
  return { ...declared, ...named(values) };
}

function requestBody(operation: Operation) {
  const bodies = Object.entries(operation.examples).map(([name, { body }]) => [name, body] as const);
  const content = { 'application/json': { schema: schemaOf(operation.takes as string), ...named(bodies) } };
  return { requestBody: { required: true, content } };
}

/** Media type and schema of a success. */
function success({ gives }: Operation): [string, object] {
  switch (gives) {
    case 'text/plain':
    case 'text/html':
    case 'text/event-stream':
      return [gives, { type: 'string' }];
    case 'file':
      return ['*/*', { type: 'string' }];
    case 'document':
      return ['application/json', { type: 'object' }];
    default:
      return ['application/json', schemaOf(gives)];
  }
}

function content(operation: Operation, status: number) {
  if (status === 304) {
    return {};
  }
  const [type, schema] = status === 200 ? success(operation) : ['application/json', schemaOf('ErrorAnswer')];
  const bodies = Object.entries(operation.examples)
    .filter(([, example]) => example.status === status)
    .map(([name, { answer }]) => [name, answer] as const);
  return { content: { [type]: { schema, ...named(bodies) } } };
}

function headersOf(operation: Operation, status: number) {
  const own = status === 200 ? operation.headers : status === 304 ? ['ETag'] : [];
  const names = ['X-Request-ID', 'Cache-Control', ...own, ...(status === 503 ? ['Retry-After'] : [])];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function response(operation: Operation, status: number, description: string) {
  const examples = Object.keys(operation.examples).filter(
    (name) => operation.examples[name]?.status === status,
  );
  return {
    description,
    headers: headersOf(operation, status),
    ...content(operation, status),
    ...(examples.length > 0 && { 'x-examples': examples }),
  };
}

/** What every route may answer where API keys or rate limits are set. */
const refusals = {
  401: { $ref: '#/components/responses/401' },
  429: { $ref: '#/components/responses/429' },
};

function refusal(description: string, ownHeader: string) {
  return {
    description,
    headers: Object.fromEntries(
      ['X-Request-ID', 'Cache-Control', ownHeader].map((name) => [
        name,
        { $ref: `#/components/headers/${name}` },
      ]),
    ),
    content: { 'application/json': { schema: schemaOf('ErrorAnswer') } },
  };
}

function operationObject(operation: Operation) {
  const { id: operationId, tag, summary, description, statuses } = operation;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    parameters: [
      ...operation.parameters.map((declared) => parameter(operation, declared)),
      { $ref: '#/components/parameters/X-Request-ID' },
    ],
    ...(operation.takes && requestBody(operation)),
    responses: {
      ...Object.fromEntries(
        Object.entries(statuses).map(([status, text]) => [status, response(operation, Number(status), text)]),
      ),
      ...(!alwaysOpen.has(operation.path) && refusals),
    },
  };
}

function paths() {
  const found: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    (found[operation.path] ??= {})[operation.method] = operationObject(operation);
  }
  return found;
}

const description =
  'GET routes answer HEAD as well, and every route answers OPTIONS with 204 and `Allow`; any other method gets 405, any ' +
  'other path 404. Stocks, lists and documents are to be revalidated before each use (`no-cache`), an executed order never ' +
  'changes (`immutable`), and nothing else is to be kept (`no-store`). A connection may have 64 requests ' +
  'unanswered; more get 503.';

/** The document. */
export function openApiDocument() {
  return {
    openapi: '3.1.1',
    info: {
      title: 'distributed-stock-server',
      version: '0.1.0',
      summary: 'A stock exchange: look up stocks, trade them, and ask for executed orders',
      description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'stocks', description: 'What can be bought' },
      { name: 'orders', description: 'Trades' },
      { name: 'operation', description: 'For those who run it' },
      { name: 'documents', description: 'The interface itself' },
      { name: 'page', description: 'The live page' },
    ],
    // None, unless API keys are set.
    security: [{}, { bearer: [] }, { basic: [] }, { header: [] }],
    paths: paths(),
    components: {
      schemas: componentSchemas(),
      headers,
      parameters: { 'X-Request-ID': requestId },
      responses: {
        401: refusal('API keys are set, and none of them was sent', 'WWW-Authenticate'),
        429: refusal('More requests than this caller, or all together, may send', 'Retry-After'),
      },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        basic: { type: 'http', scheme: 'basic', description: 'Any user name, the API key as the password' },
        header: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
    },
  };
}
