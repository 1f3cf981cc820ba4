import { expect } from 'chai';
import type { Stock } from '../../../src/frontend/stock.js';
import { listStocks } from '../../../src/frontend/routes/stock-routes.js';
import { settle } from '../../support/virtual-clock.js';

/** A catalog that answers when the test says so, each time with one share more. */
class SlowCatalog {
  asked = 0;
  #answer: () => void = () => undefined;

  listStocks(): Promise<readonly Stock[]> {
    this.asked += 1;
    const stock = { name: 'GameStart', price: '15.99', quantity: this.asked, version: 0 };
    return new Promise((resolve) => {
      this.#answer = () => resolve([stock]);
    });
  }

  async answer(): Promise<void> {
    this.#answer();
    await settle();
  }
}

describe('the list of all stocks', () => {
  it('is fetched once for all who ask meanwhile, and after they asked', async () => {
    const catalog = new SlowCatalog();
    const list = listStocks(catalog);
    const first = list();
    const others = [list(), list(), list()];
    await catalog.answer();
    await catalog.answer();
    const bodies = (await Promise.all([first, ...others])).map(({ body }) => body);
    expect(bodies[0]).to.include('"quantity":1}');
    expect(new Set(bodies.slice(1))).to.have.length(1);
    expect(bodies[1]).to.include('"quantity":2}');
    expect(catalog.asked).to.equal(2);
  });
});
