import { expect } from 'chai';
import { pageRefusal } from '../../../src/frontend/page-guard.js';

const none = { origins: [], hosts: [] };
const foreign = (origin: string) =>
  `a page of ${origin} may not do this; to allow it, add its origin to CORS_ORIGINS`;
const unnamed = (host: string) =>
  `a page at ${host} may not do this; to allow it, add that name to ALLOWED_HOSTS`;

describe('a request that changes something', () => {
  it('of a program is no business of the guard, whatever name it asks under', () => {
    for (const host of ['127.0.0.1:8080', 'localhost', 'frontend:8080', 'evil.example', '', undefined]) {
      expect(pageRefusal({ host }, none), host).to.equal(undefined);
    }
    // As fetch of Node sends it.
    expect(pageRefusal({ host: 'frontend:8080', 'sec-fetch-mode': 'cors' }, none)).to.equal(undefined);
  });

  it('of an own page is allowed at addresses and localhost', () => {
    for (const host of [
      '127.0.0.1:8080',
      '10.1.2.3',
      '[::1]:8080',
      '[fd00::7]',
      'localhost:8080',
      'LOCALHOST',
      'localhost.',
    ]) {
      const headers = { host, origin: `http://${host.toLowerCase()}` };
      expect(pageRefusal(headers, none), host).to.equal(undefined);
      expect(pageRefusal({ ...headers, 'sec-fetch-site': 'same-origin' }, none), host).to.equal(undefined);
      expect(pageRefusal({ host, 'sec-fetch-site': 'same-origin' }, none), host).to.equal(undefined);
      expect(pageRefusal({ host, 'sec-fetch-site': 'none' }, none), host).to.equal(undefined);
    }
  });

  it('of an own page is allowed behind a proxy that speaks TLS', () => {
    const trusted = { origins: [], hosts: ['trade.example.org'] };
    for (const [host, origin] of [
      ['trade.example.org', 'https://trade.example.org'],
      ['trade.example.org:443', 'https://trade.example.org'],
      ['trade.example.org:8443', 'https://trade.example.org:8443'],
      ['Trade.Example.org', 'http://trade.example.org'],
    ] as const) {
      expect(pageRefusal({ host, origin }, trusted), origin).to.equal(undefined);
    }
  });

  it('of a page of another origin is refused: another name, port or address is another origin', () => {
    for (const origin of [
      'https://evil.example',
      'http://127.0.0.1:8081',
      'http://127.0.0.1',
      'http://localhost:8080',
      'http://127.0.0.2:8080',
      'http://127.0.0.1.evil.example:8080',
    ]) {
      expect(pageRefusal({ host: '127.0.0.1:8080', origin }, none), origin).to.equal(foreign(origin));
    }
    for (const origin of ['chrome-extension://abcdef', 'x', '']) {
      expect(pageRefusal({ host: '127.0.0.1:8080', origin }, none), origin).to.equal(
        `a page of ${origin || 'no name'} may not do this; only CORS_ORIGINS=* allows it`,
      );
    }
    expect(pageRefusal({ host: '127.0.0.1:8080', origin: 'null' }, none)).to.include('without an origin');
  });

  it('is refused by where it comes from if it does not say its origin', () => {
    for (const site of ['cross-site', 'same-site']) {
      const headers = { host: '127.0.0.1:8080', 'sec-fetch-site': site };
      expect(pageRefusal(headers, none)).to.equal(foreign('another origin'));
      const origin = 'http://127.0.0.1:8080';
      expect(pageRefusal({ ...headers, origin }, none), 'and if both differ').to.equal(foreign(origin));
    }
  });

  it('of a page of an allowed origin is allowed, under any name', () => {
    const trusted = { origins: ['https://desk.example.org'], hosts: [] };
    const headers = { host: 'frontend:8080', 'sec-fetch-site': 'cross-site' };
    expect(pageRefusal({ ...headers, origin: 'https://desk.example.org' }, trusted)).to.equal(undefined);
    for (const origin of ['http://desk.example.org', 'https://desk.example.org:444']) {
      expect(pageRefusal({ ...headers, origin }, trusted)).to.equal(foreign(origin));
    }
    const all = { origins: ['*'], hosts: [] };
    expect(pageRefusal({ ...headers, origin: 'null' }, all)).to.equal(undefined);
    expect(pageRefusal({ host: 'evil.example', origin: 'http://evil.example' }, all)).to.equal(undefined);
  });

  it('of a page whose name was made to resolve to us is refused, and the setting is named', () => {
    for (const name of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'frontend']) {
      const headers = { host: `${name}:8080`, origin: `http://${name}:8080` };
      expect(pageRefusal(headers, none), name).to.equal(unnamed(name));
      expect(pageRefusal({ ...headers, 'sec-fetch-site': 'same-origin' }, none)).to.equal(unnamed(name));
      expect(pageRefusal(headers, { origins: [], hosts: [name] }), name).to.equal(undefined);
    }
    expect(pageRefusal({ 'sec-fetch-site': 'same-origin' }, none), 'no Host').to.equal(unnamed('no name'));
    expect(pageRefusal({ host: 'a b', 'sec-fetch-site': 'none' }, none)).to.equal(unnamed('a b'));
  });

  it('is not answered with more of what it sent than a sentence holds', () => {
    const origin = `https://${'x'.repeat(10_000)}.example`;
    expect(pageRefusal({ host: '127.0.0.1', origin }, none)).to.have.length.below(200);
  });
});
