import { expect } from 'chai';
import { RequestIds } from '../../../src/frontend/request-ids.js';

describe('request ids', () => {
  it('are those of the caller, if they look like ids', () => {
    const ids = new RequestIds('me');
    for (const given of ['a', '7f3c-11', 'A.b_c:d', 'x'.repeat(128)]) {
      expect(ids.next(given)).to.equal(given);
    }
  });

  it('are different ones otherwise', () => {
    const ids = new RequestIds('me');
    const strange = [undefined, '', 'x'.repeat(129), 'a b', 'a\r\nSet-Cookie: x', ['a', 'b'], 'ä'];
    const made = strange.map((given) => ids.next(given));
    expect(new Set(made).size).to.equal(strange.length);
    made.forEach((id) => expect(id).to.match(/^me-[0-9a-z]+$/));
  });
});
