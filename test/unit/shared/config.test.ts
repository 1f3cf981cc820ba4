import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { expect } from 'chai';
import { ConfigError, parseConfig, settingNames } from '../../../src/shared/config.js';

/** The settings in `.env.example`, which are commented out, each with its default and the comment above it. */
function readExample(): Map<string, { value: string; comment: string }> {
  const settings = new Map<string, { value: string; comment: string }>();
  let comment = '';
  for (const line of readFileSync('.env.example', 'utf8').split('\n')) {
    const [, name, value] = /^#([A-Z0-9_]+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) {
      settings.set(name, { value, comment });
    }
    comment = line.startsWith('# ') ? `${comment} ${line.slice(1).trim()}` : '';
  }
  return settings;
}

/** Settings for Compose itself, and for the stock command; our processes do not read them. */
const ofOthers = [
  'FRONTEND_URL',
  'CONTAINER_PREFIX',
  'PUBLISH_ADDRESS',
  'VOLUMES_DIR',
  'CONTAINER_USER',
  'PROMETHEUS_PORT',
  'GRAFANA_PORT',
  'POSTGRES_PASSWORD',
  'POSTGRES_IMAGE',
];

describe('config', () => {
  it('has a default for everything that a process needs', () => {
    expect(parseConfig({})).to.deep.include({
      BIND_HOST: '127.0.0.1',
      FRONTEND_PORT: 8080,
      CACHE_SIZE: 5,
      LEASE_MS: 300,
      CATALOG_ADDRESS: '127.0.0.1:15050',
      FRONTEND_ADDRESS: '127.0.0.1:8081',
      FRONTEND_ADDRESSES: ['127.0.0.1:8081'],
      orderPorts: { 1: 15_051, 2: 15_052, 3: 15_053 },
      orderAddresses: { 1: '127.0.0.1:15051', 2: '127.0.0.1:15052', 3: '127.0.0.1:15053' },
    });
  });

  for (const text of ['0x64', '1e3', '7.0', '+7', '-7', '7 7']) {
    it(`refuses ${text} for a whole number`, () => {
      expect(() => parseConfig({ CACHE_SIZE: text })).to.throw(
        ConfigError,
        `CACHE_SIZE=${text} is not valid: must be a whole number from 0 to 1000000`,
      );
    });
  }

  it('takes every setting from the environment', () => {
    const config = parseConfig({
      CATALOG_ADDRESS: 'catalog:1',
      ORDER_2_ADDRESS: 'order-2:2',
      ORDER_3_PORT: '3',
      FRONTEND_ADDRESS: '[::1]:4',
      FRONTEND_ADDRESSES: 'a:1, b:2',
      CACHE_SIZE: '0',
      REPLICA_ID: '2',
      LOG_FORMAT: 'json',
    });
    expect(config).to.deep.include({
      CATALOG_ADDRESS: 'catalog:1',
      orderAddresses: { 1: '127.0.0.1:15051', 2: 'order-2:2', 3: '127.0.0.1:3' },
      FRONTEND_ADDRESS: '[::1]:4',
      FRONTEND_ADDRESSES: ['a:1', 'b:2'],
      CACHE_SIZE: 0,
      REPLICA_ID: 2,
      LOG_FORMAT: 'json',
    });
  });

  it('moves the addresses along with the ports', () => {
    const config = parseConfig({ CATALOG_PORT: '1000', FRONTEND_INTERNAL_PORT: '2000' });
    expect([config.CATALOG_ADDRESS, config.FRONTEND_ADDRESS]).to.deep.equal([
      '127.0.0.1:1000',
      '127.0.0.1:2000',
    ]);
    expect(config.FRONTEND_ADDRESSES).to.deep.equal(['127.0.0.1:2000']);
  });

  it('takes an empty value for one that is not set, and does not mind spaces', () => {
    const unset = Object.fromEntries(settingNames.map((name) => [name, '  ']));
    expect(parseConfig(unset)).to.deep.equal(parseConfig({}));
    expect(parseConfig({ CACHE_SIZE: ' 7 ' }).CACHE_SIZE).to.equal(7);
  });

  it('does not mind what else is in the environment', () => {
    expect(parseConfig({ PATH: '/bin', PORT: 'x' })).to.deep.equal(parseConfig({}));
  });

  it('reports all mistakes at once, a line for each, with name and value', () => {
    const mistakes = {
      FRONTEND_PORT: '70000',
      CATALOG_PORT: 'none',
      CATALOG_ADDRESS: 'catalog',
      FRONTEND_ADDRESSES: 'a:1,,b:2',
      REPLICA_ID: '4',
      CACHE_SIZE: '-1',
      LEASE_MS: '1.5',
      LOG_LEVEL: 'loud',
    };
    let message = '';
    try {
      parseConfig(mistakes);
    } catch (error) {
      expect(error).to.be.instanceOf(ConfigError);
      ({ message } = error as Error);
    }
    const lines = message.split('\n');
    expect(lines).to.have.lengthOf(Object.keys(mistakes).length);
    for (const [name, value] of Object.entries(mistakes)) {
      expect(lines.filter((line) => line.startsWith(`${name}=${value} is not valid: `))).to.have.lengthOf(1);
    }
  });

  it('has certificates beside the other state, unless they are elsewhere', () => {
    expect(parseConfig({ DATA_DIR: '/data' })).to.include({ TLS: 'off', TLS_DIR: '/data/tls' });
    expect(parseConfig({ DATA_DIR: '/data', TLS_DIR: '/etc/tls' }).TLS_DIR).to.equal('/etc/tls');
  });

  for (const name of ['DATA_DIR', 'TLS_DIR', 'INITIAL_CATALOG']) {
    it(`refuses a ${name} that begins with ~, which would be a directory of that name`, () => {
      for (const path of ['~/stocks', '~', '~desk/stocks']) {
        expect(() => parseConfig({ [name]: path })).to.throw(
          ConfigError,
          `${name}=${path} is not valid: only a shell knows what ~ is: write the path in full`,
        );
      }
      expect(parseConfig({ [name]: './~/x' })).to.include({ [name]: './~/x' });
    });
  }

  for (const [written, sent] of [
    ['https://example.org/', 'https://example.org'],
    ['https://example.org/shop', 'https://example.org'],
    ['https://Example.org', 'https://example.org'],
    ['HTTPS://example.org', 'https://example.org'],
    ['https://example.org:443', 'https://example.org'],
    ['http://example.org:80', 'http://example.org'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ] as const) {
    it(`refuses the origin ${written}, which no browser sends`, () => {
      expect(() => parseConfig({ CORS_ORIGINS: `http://localhost:5173, ${written}` })).to.throw(
        ConfigError,
        `is not valid: browsers send ${sent} instead of ${written}`,
      );
      expect(parseConfig({ CORS_ORIGINS: sent }).CORS_ORIGINS).to.deep.equal([sent]);
    });
  }

  for (const address of ['catalog:0', 'catalog:65536', 'catalog:99999', '[::1]:0']) {
    it(`refuses the address ${address}, whose port is none`, () => {
      const told = 'is not valid: must be host:port, with a port from 1 to 65535';
      expect(() => parseConfig({ ORDER_1_ADDRESS: address })).to.throw(ConfigError, told);
      expect(() => parseConfig({ CATALOG_ADDRESSES: `a:1,${address}` })).to.throw(ConfigError, told);
    });
  }

  it('refuses an address that stands twice in a list', () => {
    expect(() => parseConfig({ FRONTEND_ADDRESSES: 'a:1,b:2,a:1' })).to.throw(
      ConfigError,
      'FRONTEND_ADDRESSES=a:1,b:2,a:1 is not valid: a:1 stands there twice',
    );
  });

  it('takes API keys, and never shows one', () => {
    const key = '0123456789abcdef';
    expect(parseConfig({ API_KEYS: `desk:${key}, bot-1:${key}~` }).API_KEYS).to.deep.equal([
      { caller: 'desk', key },
      { caller: 'bot-1', key: `${key}~` },
    ]);
    for (const setting of [
      key,
      `:${key}`,
      `Desk:${key}`,
      'desk:short-secret',
      `desk:${key} ${key}`,
      `desk:${key},`,
      `desk:${key},bot:${key}`,
    ]) {
      expect(() => parseConfig({ API_KEYS: setting }), setting)
        .to.throw(ConfigError, /^API_KEYS=… is not valid: must be caller:key/)
        .with.property('message')
        .that.does.not.include('secret')
        .and.not.include(key);
    }
  });

  describe('and .env.example', () => {
    const example = readExample();

    it('name the same settings, in the same order', () => {
      expect([...example.keys()]).to.deep.equal([...settingNames, ...ofOthers]);
    });

    it('change nothing if the file is copied as it is', () => {
      const set = parseEnv(readFileSync('.env.example', 'utf8'));
      expect(set).to.deep.equal({});
      expect(parseConfig(set)).to.deep.equal(parseConfig({}));
    });

    it('have the same defaults', () => {
      const environment = Object.fromEntries([...example].map(([name, { value }]) => [name, value]));
      expect(parseConfig(environment)).to.deep.equal(parseConfig({}));
      const defaults: Record<string, unknown> = { ...parseConfig({}) };
      for (const [name, { value }] of example) {
        if (value !== '' && !ofOthers.includes(name)) {
          expect(String(defaults[name]), name).to.equal(value);
        }
      }
    });

    it('say what each setting is for, and its default', () => {
      for (const [name, { value, comment }] of example) {
        expect(comment, name).to.match(/[Dd]efault/);
        expect(comment, name).to.contain(name === 'BIND_HOST' ? 'loopback' : value);
      }
    });
  });
});
