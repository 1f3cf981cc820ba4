import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { message } from '../../src/shared/answer-codes.js';
import { eventually } from '../support/eventually.js';
import { limitFileSize, reasonAgainstLimits } from '../support/file-size-limit.js';
import { checkHistory, post, type Posted } from '../support/history.js';
import { System } from '../support/system.js';

const sale = { name: 'AAPL', quantity: 1, type: 'sell' };
/** Less than one trade takes, so that the last one is torn. */
const roomBytes = 11;

describe('a system with a full disk', function () {
  this.timeout(60_000);
  let system: System;

  before(async function () {
    const reason = await reasonAgainstLimits();
    if (reason) {
      console.log(`    Skipped: ${reason}`);
      this.skip();
    }
  });

  beforeEach(async () => {
    system = await System.create();
  });

  afterEach(() => system.close());

  it('refuses trades for now while the journal cannot grow, keeps its processes, and goes on by itself', async () => {
    const { pid } = system.launch('catalog');
    (['order-1', 'order-2', 'order-3', 'frontend'] as const).forEach((name) => system.launch(name));
    await system.ready();
    const posted: Posted[] = [await post(system.client, randomUUID(), sale)];
    const { size } = statSync(join(system.dataDirectory, 'catalog', 'journal.csv'));

    await limitFileSize(pid as number, size + roomBytes);
    const refused = await post(system.client, randomUUID(), sale);
    const lookup = await system.client.send({ path: '/stocks/AAPL' });
    await limitFileSize(pid as number, 'unlimited');
    const again = await eventually(async () => {
      const answer = await post(system.client, refused.key, sale);
      expect(answer.code, answer.message).to.equal(200);
      return answer;
    });
    await system.converged();

    expect(refused).to.include({ code: 503, message: message.diskFull });
    expect(lookup.status).to.equal(200);
    expect(again.number).to.equal(2);
    posted.push(refused, again);
    await checkHistory(system.dataDirectory, posted);
  });
});
