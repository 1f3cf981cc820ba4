import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { armFailpoints, parseFailpoints } from '../../../src/shared/armed-failpoints.js';
import { parseConfig } from '../../../src/shared/config.js';
import { failpoint, failpointNames, onFailpoint } from '../../../src/shared/failpoint.js';

describe('failpoints', () => {
  afterEach(() => onFailpoint(undefined));

  it('have names of their own', () => {
    expect(new Set(failpointNames).size).to.equal(failpointNames.length);
    expect(failpointNames.length).to.be.at.least(30);
  });

  it('are read from the setting', () => {
    expect(parseFailpoints('')).to.deep.equal([]);
    expect(parseFailpoints('catalog.trade.durable:kill@100, order.follower.durable:pause=500')).to.deep.equal(
      [
        { name: 'catalog.trade.durable', pauseMs: undefined, time: 100 },
        { name: 'order.follower.durable', pauseMs: 500, time: undefined },
      ],
    );
  });

  for (const entry of [
    'catalog.trade.durable',
    'catalog.trade.durabel:kill',
    'catalog.trade.durable:explode',
    'catalog.trade.durable:pause',
    'catalog.trade.durable:kill@0',
  ]) {
    it(`refuse "${entry}", and say what is possible`, () => {
      expect(() => parseConfig({ FAILPOINTS: entry })).to.throw(/^FAILPOINTS=.* must be <failpoint>:kill or/);
    });
  }

  it('do nothing unless one is armed', () => {
    armFailpoints(parseFailpoints(''));
    failpoint('catalog.trade.durable');
  });

  it('let the process sleep, at the given time only', () => {
    armFailpoints(parseFailpoints('catalog.trade.durable:pause=60@2'));
    const passMs = () => {
      const startMs = performance.now();
      failpoint('catalog.trade.durable');
      failpoint('catalog.trade.visible');
      return performance.now() - startMs;
    };
    expect(passMs()).to.be.below(50);
    expect(passMs()).to.be.at.least(59);
    expect(passMs()).to.be.below(50);
  });

  it('end the process as kill -9 does', async () => {
    const url = (name: string) => new URL(`../../../src/shared/${name}.js`, import.meta.url).href;
    const script = `
      import { armFailpoints, parseFailpoints } from '${url('armed-failpoints')}';
      import { failpoint } from '${url('failpoint')}';
      armFailpoints(parseFailpoints('order.batch.decided:kill@2'));
      for (let pass = 1; pass <= 3; pass += 1) {
        failpoint('order.batch.decided');
        console.log(pass);
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    expect(signal).to.equal('SIGKILL');
    expect(output).to.equal('1\n');
  });
});
