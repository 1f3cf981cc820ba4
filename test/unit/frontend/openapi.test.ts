import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createHotRoutes, publicRoutes, type AppParts } from '../../../src/frontend/app.js';
import { operations } from '../../../src/frontend/openapi/operations.js';
import { docsPage, docsPolicy } from '../../../src/frontend/openapi/docs-page.js';
import { openApiDocument } from '../../../src/frontend/openapi/document.js';
import { Metrics } from '../../../src/frontend/metrics.js';

/** Statuses without an example: it would be a body of 16 KiB, or a compressed one. test/integration/bad-input/ sends them. */
const withoutExample = new Set([
  'postOrder 413',
  'postOrder 415',
  'getOpenApi 200',
  'getDocs 200',
  'getPage 200',
  'getPageFile 200',
  'getEvents 200',
  'getEvents 503',
]);

describe('the OpenAPI document', () => {
  const document = openApiDocument();

  it('has every route that is served, and no other', () => {
    const parts = { metrics: new Metrics() } as AppParts;
    const served = publicRoutes(parts, createHotRoutes(parts), false).stack.flatMap(({ path, methods }) =>
      methods
        .filter((method) => method !== 'HEAD')
        .map((method) => `${method} ${String(path).replaceAll(/:(\w+)/g, '{$1}')}`),
    );
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.sort()).to.deep.equal(served.sort());
  });

  it('has an example for each status that it declares, and declares the status of each example', () => {
    for (const { id, statuses, examples } of operations) {
      const shown = new Set(Object.values(examples).map(({ status }) => String(status)));
      const declared = Object.keys(statuses).filter((status) => !withoutExample.has(`${id} ${status}`));
      expect([...shown].sort(), id).to.deep.equal(declared.sort());
    }
  });

  it('names everything once, and has whatever it refers to', () => {
    const ids = operations.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);
    expect(references.length).to.be.greaterThan(20);
    for (const path of references) {
      expect(document, path).to.have.nested.property(path.replaceAll('/', '.'));
    }
  });

  it('has the version of the package', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(document.info.version).to.equal(version);
  });

  it('is a page, too, that loads nothing and whose policy allows its style and nothing else', () => {
    const page = docsPage('A & B', '<script>');
    const [, style = ''] = /<style>([^<]*)<\/style>/.exec(page) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(docsPolicy)
      .to.match(/^default-src 'none'; /)
      .and.to.include(`style-src 'sha256-${hash}'`);
    expect(page).not.to.match(/<script|<link|<img|src=|https?:|style="/);
    expect(page).to.include('A &amp; B').and.to.include('&lt;script&gt;');
    operations.forEach(({ id }) => expect(page).to.include(`<section id="${id}">`));
  });
});
