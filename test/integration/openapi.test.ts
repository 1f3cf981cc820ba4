// Every example in /openapi.json, sent to the running system: the answer is the one that the document shows.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { HttpClient, type Answer } from '../support/http.js';
import { System, serviceNames } from '../support/system.js';

type Named = Readonly<Record<string, { readonly value: unknown }>>;
interface Content {
  readonly schema: object;
  readonly examples?: Named;
}
interface ParameterObject {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
  readonly schema: object;
  readonly examples?: Readonly<Record<string, { readonly value: string | number }>>;
}
interface ResponseObject {
  readonly headers: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, Content>>;
  readonly 'x-examples'?: readonly string[];
}
interface OperationObject {
  readonly operationId: string;
  readonly parameters: readonly ParameterObject[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, ResponseObject>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: { readonly headers: Readonly<Record<string, { readonly schema: object }>> };
}

/** Answers that are never the same twice: only their form is compared. */
const varying = new Set(['getCluster', 'getMetrics']);
/** Headers that only some successes have. */
const optional = new Set(['Link']);

const cacheControl: Readonly<Record<string, string>> = {
  listStocks: 'no-cache',
  getStock: 'no-cache',
  listOrders: 'no-cache',
  getOpenApi: 'no-cache',
  getDocs: 'no-cache',
  getPage: 'no-cache',
  getPageFile: 'no-cache',
  getOrder: 'private, max-age=31536000, immutable',
};

describe('the OpenAPI document and the running system', function () {
  this.timeout(60_000);
  let system: System;
  let internal: HttpClient;
  let document: Document;
  const ajv = new Ajv2020({ strict: false });

  const validator = (pointer: string): ValidateFunction =>
    ajv.getSchema(`doc#${pointer}`) ?? expect.fail(`no schema at ${pointer}`);
  const escaped = (key: string) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));

  function request(path: string, method: string, operation: OperationObject, name: string) {
    const headers: Record<string, string> = {};
    const query: string[] = [];
    let target = path;
    for (const { name: parameter, in: place, examples = {} } of operation.parameters) {
      const value = examples[name]?.value;
      if (value !== undefined && place === 'header') {
        headers[parameter] = String(value);
      } else if (value !== undefined && place === 'query') {
        query.push(`${parameter}=${encodeURIComponent(String(value))}`);
      } else if (value !== undefined) {
        target = target.replace(`{${parameter}}`, encodeURIComponent(String(value)));
      }
    }
    expect(target, 'all of the path is given').not.to.include('{');
    const body = operation.requestBody?.content['application/json']?.examples?.[name]?.value;
    const path_ = query.length > 0 ? `${target}?${query.join('&')}` : target;
    return { method: method.toUpperCase(), path: path_, headers, ...(body !== undefined && { body }) };
  }

  function check(at: string, operation: OperationObject, status: string, name: string, answer: Answer): void {
    const response = operation.responses[status] as ResponseObject;
    expect(answer.status, `${name}: ${answer.text}`).to.equal(Number(status));
    for (const header of Object.keys(response.headers)) {
      const value = answer.headers[header.toLowerCase()];
      if (!(optional.has(header) && value === undefined)) {
        const validate = validator(`/components/headers/${escaped(header)}/schema`);
        expect(validate(value), `${name}: ${header}: ${String(value)}`).to.equal(true);
      }
    }
    const kept = status === '200' || status === '304' ? cacheControl[operation.operationId] : undefined;
    expect(answer.headers['cache-control'], name).to.equal(kept ?? 'no-store');
    const [type, content] = Object.entries(response.content ?? {})[0] ?? [];
    if (type === undefined || content === undefined) {
      expect(answer.text).to.equal('');
      return;
    }
    expect(answer.headers['content-type']?.split(';')[0]).to.equal(type);
    const shown = content.examples?.[name]?.value;
    const body = type === 'application/json' ? answer.json : answer.text;
    const validate = validator(`${at}/responses/${status}/content/${escaped(type)}/schema`);
    expect(validate(body), `${name}: ${JSON.stringify(validate.errors)}`).to.equal(true);
    expect(validate(shown), `the example ${name}: ${JSON.stringify(validate.errors)}`).to.equal(true);
    if (!varying.has(operation.operationId)) {
      expect(body, name).to.deep.equal(shown);
    }
  }

  /** Sends all examples of which `chosen` says so, in the order of the document. */
  async function sendExamples(chosen: (status: string) => boolean): Promise<number> {
    let sent = 0;
    for (const [path, methods] of Object.entries(document.paths)) {
      // Objects keep the order of their keys: orders are placed before they are listed.
      for (const [method, operation] of Object.entries(methods)) {
        const at = `/paths/${escaped(path)}/${method}`;
        const statusOf = new Map(
          Object.entries(operation.responses).flatMap(([status, response]) =>
            (response['x-examples'] ?? []).map((name) => [name, status] as const),
          ),
        );
        for (const [name, status] of statusOf) {
          if (chosen(status)) {
            const client = name.startsWith('internal') ? internal : system.client;
            const answer = await client.send(request(path, method, operation, name));
            check(at, operation, status, name, answer);
            sent += 1;
          }
        }
      }
    }
    return sent;
  }

  before(async () => {
    system = await System.create({
      LEASE_MS: '1000',
      HEARTBEAT_TIMEOUT_MS: '2000',
      REQUEST_BUDGET_MS: '400',
    });
    system.startAll();
    await system.ready();
    internal = new HttpClient(system.internalUrl);
    document = (await system.client.send({ path: '/openapi.json' })).json as Document;
    ajv.addSchema(document, 'doc');
  });

  after(async () => {
    internal.close();
    await system.close();
  });

  it('agree on every example', async () => {
    expect(await sendExamples((status) => status !== '503')).to.be.greaterThan(25);
  });

  it('agree on every example of a body that would be refused or taken for its form', () => {
    const { requestBody, responses } = (document.paths['/orders'] as Record<string, OperationObject>)
      .post as OperationObject;
    const { examples = {}, schema } = (requestBody as NonNullable<typeof requestBody>).content[
      'application/json'
    ] as Content;
    expect(schema).to.deep.equal({ $ref: '#/components/schemas/OrderRequest' });
    const validate = validator('/components/schemas/OrderRequest');
    const refused = responses['400']?.['x-examples'];
    for (const [name, { value }] of Object.entries(examples)) {
      expect(validate(value), name).to.equal(!refused?.includes(name));
    }
  });

  it('agree on what a page of the documentation may do', async () => {
    const { status, headers, text } = await system.client.send({ path: '/docs' });
    expect(status).to.equal(200);
    expect(headers['content-type']).to.equal('text/html; charset=utf-8');
    expect(headers['content-security-policy']).to.match(/^default-src 'none'; style-src 'sha256-/);
    expect(text).to.include('GET /stocks/{name}');
    const again = { path: '/docs', headers: { 'If-None-Match': String(headers.etag) } };
    expect((await system.client.send(again)).status).to.equal(304);
  });

  it('agree on every example of what nobody can answer', async () => {
    await Promise.all(serviceNames.filter((name) => name !== 'frontend').map((name) => system.kill(name)));
    await eventually(async () => {
      expect((await system.client.send({ path: '/readyz' })).text).to.include('there is no order leader');
    });
    await eventually(async () => expect((await system.cluster()).cache).to.include({ lease_live: false }));
    expect(await sendExamples((status) => status === '503')).to.equal(6);
  });
});
