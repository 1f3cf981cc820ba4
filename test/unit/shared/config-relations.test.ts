// Settings that are right each on its own, and wrong together.
import { expect } from 'chai';
import { ConfigError, parseConfig } from '../../../src/shared/config.js';
import type { Reader } from '../../../src/shared/relation.js';

type Environment = Readonly<Record<string, string>>;

/** What a reader of these settings is told, a line for each mistake; none if it may start. */
function mistakes(reader: Reader, environment: Environment): string[] {
  try {
    parseConfig(environment, reader);
    return [];
  } catch (error) {
    expect(error).to.be.instanceOf(ConfigError);
    return (error as Error).message.split('\n');
  }
}

const all: readonly Reader[] = ['catalog', 'order', 'frontend', 'launcher', 'command'];

/** Each of them is told exactly this, and the others nothing. */
function expectRefusal(readers: readonly Reader[], environment: Environment, sentence: string): void {
  for (const reader of all) {
    expect(mistakes(reader, { REPLICA_ID: '2', ...environment }), reader).to.deep.equal(
      readers.includes(reader) ? [sentence] : [],
    );
  }
}

describe('settings together', () => {
  describe('want ports that exist for the metrics', () => {
    const cases: [string, readonly Reader[]][] = [
      ['CATALOG_PORT', ['catalog', 'launcher']],
      ['ORDER_1_PORT', ['launcher']],
      ['ORDER_2_PORT', ['order', 'launcher']],
      ['ORDER_3_PORT', ['launcher']],
      ['FRONTEND_INTERNAL_PORT', ['frontend', 'launcher']],
    ];
    for (const [name, readers] of cases) {
      it(`beside ${name}, of whoever listens there`, () => {
        expectRefusal(
          readers,
          { [name]: '60000', METRICS_PORT_OFFSET: '5536' },
          `METRICS_PORT_OFFSET=5536 is not valid: with ${name}=60000 it makes 65536, and ports end at 65535`,
        );
        expectRefusal([], { [name]: '60000', METRICS_PORT_OFFSET: '5535' }, '');
      });
    }
  });

  describe('want ports of their own for the five processes of one machine', () => {
    it('whichever two are the same', () => {
      const ports = [
        'FRONTEND_INTERNAL_PORT',
        'CATALOG_PORT',
        'ORDER_1_PORT',
        'ORDER_2_PORT',
        'ORDER_3_PORT',
      ];
      for (const [index, name] of ports.entries()) {
        for (const other of ports.slice(index + 1)) {
          const told = mistakes('launcher', { [name]: '7000', [other]: '7000' });
          expect(told[0]).to.equal(`${other}=7000 is not valid: ${name} is the same port`);
        }
      }
    });

    it('and one that is not that of the metrics of another', () => {
      expectRefusal(
        ['launcher'],
        { ORDER_1_PORT: '15150' },
        'ORDER_1_PORT=15150 is not valid: the metrics beside CATALOG_PORT=15050 are there (METRICS_PORT_OFFSET=100)',
      );
      expectRefusal([], { ORDER_1_PORT: '15150', METRICS_PORT_OFFSET: '0' }, '');
    });

    it('which the frontend sees of its own', () => {
      expectRefusal(
        ['frontend', 'launcher'],
        { FRONTEND_PORT: '8181' },
        'FRONTEND_PORT=8181 is not valid: the metrics beside FRONTEND_INTERNAL_PORT=8081 are there (METRICS_PORT_OFFSET=100)',
      );
    });

    it('but a frontend may do both on one, unless it shows certificates on the internal one only', () => {
      const ports = { FRONTEND_PORT: '9000', FRONTEND_INTERNAL_PORT: '9000' };
      expectRefusal([], ports, '');
      expectRefusal(
        ['frontend', 'launcher'],
        { ...ports, TLS: 'mutual' },
        'FRONTEND_INTERNAL_PORT=9000 is not valid: with TLS=mutual it must be another one than FRONTEND_PORT',
      );
    });
  });

  describe('want one truth:', () => {
    const addresses = 'a:15050,b:15050';

    it('several catalogs share a database', () => {
      expectRefusal(
        ['catalog', 'launcher'],
        { CATALOG_ADDRESSES: addresses },
        'CATALOG_ADDRESSES=a:15050,b:15050 is not valid: with LEDGER=csv each catalog would keep a truth of its own; ' +
          'set LEDGER=postgres, or name one',
      );
      expectRefusal(
        ['catalog', 'order', 'frontend', 'launcher'],
        { LEDGER: 'csv', CATALOG_ADDRESSES: addresses },
        'CATALOG_ADDRESSES=a:15050,b:15050 is not valid: with LEDGER=csv each catalog would keep a truth of its own; ' +
          'set LEDGER=postgres, or name one',
      );
      const shared = { LEDGER: 'postgres', LEDGER_URL: 'postgres://stock@db/stocks' };
      expectRefusal([], { CATALOG_ADDRESSES: addresses, ...shared }, '');
      expectRefusal([], { CATALOG_ADDRESSES: 'a:15050' }, '');
    });

    it('a database that is named is used, unless the files are asked for', () => {
      const named = { LEDGER_URL: 'postgres://stock:secret@db/stocks' };
      expectRefusal(
        ['catalog', 'launcher'],
        named,
        'LEDGER_URL=… is not valid: without LEDGER=postgres the database is not used; set that, or LEDGER=csv if files are meant',
      );
      expectRefusal([], { ...named, LEDGER: 'csv' }, '');
      expectRefusal([], { ...named, LEDGER: 'postgres' }, '');
    });

    it('a database that is used is named', () => {
      expectRefusal(all, { LEDGER: 'postgres' }, 'LEDGER=postgres is not valid: it needs LEDGER_URL, too');
    });
  });

  describe('want addresses that can be told apart:', () => {
    it('each replica has its own', () => {
      expectRefusal(
        all,
        { ORDER_1_ADDRESS: 'a:1', ORDER_3_ADDRESS: 'a:1' },
        'ORDER_3_ADDRESS=a:1 is not valid: ORDER_1_ADDRESS is the same',
      );
      expectRefusal(
        all,
        { ORDER_1_ADDRESS: '127.0.0.1:15052' },
        'ORDER_1_ADDRESS=127.0.0.1:15052 is not valid: ORDER_2_ADDRESS is the same',
      );
    });

    it('the frontend is one of the frontends', () => {
      const others = { FRONTEND_ADDRESSES: 'a:8081,b:8081' };
      expectRefusal(
        ['frontend', 'launcher'],
        { ...others, FRONTEND_ADDRESS: 'c:8081' },
        'FRONTEND_ADDRESS=c:8081 is not valid: it must be among FRONTEND_ADDRESSES=a:8081,b:8081',
      );
      expectRefusal([], { ...others, FRONTEND_ADDRESS: 'b:8081' }, '');
    });
  });

  it('want to know which replica an order process is', () => {
    expect(mistakes('order', {})).to.deep.equal([
      'REPLICA_ID is not set: say which replica this process is (1, 2 or 3)',
    ]);
    for (const reader of all.filter((each) => each !== 'order')) {
      expect(mistakes(reader, {}), reader).to.deep.equal([]);
    }
  });

  it('want a native run to listen where the processes look for each other', () => {
    for (const host of ['192.0.2.7', '::1', '127.0.0.2']) {
      expectRefusal(
        ['launcher'],
        { BIND_HOST: host },
        `BIND_HOST=${host} is not valid: the five processes of "stock start" look for each other on 127.0.0.1; ` +
          'set 127.0.0.1, or 0.0.0.0 for all addresses',
      );
    }
    for (const host of ['127.0.0.1', '0.0.0.0', '::', 'localhost']) {
      expectRefusal([], { BIND_HOST: host }, '');
    }
  });

  it('are reported along with mistakes in a single one, but not where that one takes part', () => {
    const told = mistakes('launcher', {
      CACHE_SIZE: 'many',
      METRICS_PORT_OFFSET: 'far',
      CATALOG_PORT: '65535',
      ORDER_1_PORT: '7000',
      ORDER_2_PORT: '7000',
    });
    expect(told.map((line) => line.split('=')[0])).to.deep.equal([
      'METRICS_PORT_OFFSET',
      'CACHE_SIZE',
      'ORDER_2_PORT',
    ]);
  });
});
