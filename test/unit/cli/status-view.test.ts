import picocolors from 'picocolors';
import { expect } from 'chai';
import { describeSystem, formatStatus, type Observations } from '../../../src/cli/status-view.js';
import { drawTable } from '../../../src/cli/table.js';
import { parseConfig } from '../../../src/shared/config.js';

const replica = {
  term: 4,
  last_transaction_num: 90,
  lag: 0,
  in_sync: true,
  ready: true,
  checksum: '0a0b0c0d',
};
const seen: Observations = {
  url: new URL('http://127.0.0.1:8080'),
  cluster: {
    leader_id: 2,
    term: 4,
    replicas: [
      { ...replica, id: 1, role: 'down', checksum: undefined },
      { ...replica, id: 2, role: 'leader', uptime_ms: 61_500 },
      {
        ...replica,
        id: 3,
        role: 'follower',
        last_transaction_num: 88,
        lag: 2,
        in_sync: false,
        uptime_ms: 500,
      },
    ],
    cache: { lease_live: true },
  },
  unreadiness: undefined,
  frontendStart: new Date('2026-01-02T03:00:00.250Z'),
  now: new Date('2026-01-02T03:04:05.500Z'),
  config: parseConfig({}),
};
const plain = picocolors.createColors(false);
const row = (text: string, name: string): string[] =>
  (text.split('\n').find((line) => line.startsWith(`│ ${name} `)) ?? '')
    .split('│')
    .slice(1, -1)
    .map((cell) => cell.trim());

describe('status view', () => {
  it('shows each process in a row', () => {
    const text = formatStatus(describeSystem(seen), plain);
    expect(row(text, 'order-2')).to.deep.equal([
      'order-2',
      '127.0.0.1:15052',
      'leader',
      '4',
      '90',
      '0',
      '0a0b0c0d',
      '2026-01-02T03:03:04Z',
    ]);
    expect(row(text, 'order-3').slice(2, 6)).to.deep.equal(['follower', '4', '88', '2']);
    expect(row(text, 'order-1')).to.deep.equal(['order-1', '127.0.0.1:15051', 'down', ...Array(5).fill('-')]);
    expect(row(text, 'catalog').slice(1, 3)).to.deep.equal(['127.0.0.1:15050', 'ledger']);
    expect(row(text, 'frontend').at(-1)).to.equal('2026-01-02T03:00:00Z');
    expect(text).to.match(/\nTrades succeed at http:\/\/127\.0\.0\.1:8080\.$/);
  });

  it('knows no addresses of a system that is not ours, and says why trades fail', () => {
    const status = describeSystem({
      ...seen,
      config: undefined,
      unreadiness: 'there is no order leader',
      frontendStart: undefined,
      cluster: { ...seen.cluster, leader_id: 0, cache: { lease_live: false } },
    });
    expect(status).to.include({ ready: false, leaderId: null, reason: 'there is no order leader' });
    expect(status.processes.map(({ address }) => address)).to.deep.equal([
      null,
      null,
      null,
      null,
      '127.0.0.1:8080',
    ]);
    const text = formatStatus(status, plain);
    expect(row(text, 'catalog')[2]).to.equal('down');
    expect(text).to.include('Trades fail at http://127.0.0.1:8080: there is no order leader.');
  });

  it('keeps its columns in line when they are coloured', () => {
    const escapes = new RegExp(String.fromCharCode(27) + String.raw`\[\d+m`, 'g');
    const coloured = formatStatus(describeSystem(seen), picocolors.createColors(true));
    expect(coloured).to.match(escapes);
    expect(coloured.replaceAll(escapes, '')).to.equal(formatStatus(describeSystem(seen), plain));
  });

  it('leaves the frames out of a table of thousands', () => {
    const rows = Array.from({ length: 5_000 }, (_, index) => [`Stock${index}`, '1']);
    expect(drawTable(['name', 'quantity'], rows).split('\n').slice(0, 2)).to.deep.equal([
      'name\tquantity',
      'Stock0\t1',
    ]);
  });
});
