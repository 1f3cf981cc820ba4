import { expect } from 'chai';
import { stockAnswer } from '../../../src/frontend/answers.js';
import { entityTag, headerList, revalidated, taggedAnswer } from '../../../src/frontend/api-answer.js';

describe('an answer that is asked for again', () => {
  const answer = taggedAnswer('{"data":1}', { 'X-Cache': 'HIT' });
  const tag = answer.headers.ETag as string;
  const status = (condition: string | undefined) => revalidated(answer, condition).status;

  it('is named by its body alone', () => {
    expect(tag)
      .to.equal(entityTag('{"data":1}'))
      .and.to.match(/^"[\w-]{22}"$/);
    expect(entityTag('{"data":2}')).not.to.equal(tag);
  });

  it('is 304 with the same headers and no body if the client has it', () => {
    const known = revalidated(answer, tag);
    expect(known).to.deep.equal({ status: 304, headers: answer.headers, body: '' });
    expect(headerList(known)).to.deep.equal(Object.entries(answer.headers).flat());
  });

  it('is compared weakly, with each of a list, and with *', () => {
    for (const condition of [`W/${tag}`, `"a", ${tag}`, `"a,b",W/"c" , W/${tag}`, '*', ' * ']) {
      expect(status(condition), condition).to.equal(304);
    }
    for (const condition of [
      undefined,
      '',
      '"a"',
      `"a", "b"`,
      tag.slice(1, -1),
      `"x${tag.slice(1)}`,
      '"*"',
      'W/"*"',
    ]) {
      expect(status(condition), condition).to.equal(200);
    }
  });

  it('is never 304 without a tag, as errors are', () => {
    const refused = { status: 404, headers: {}, body: '{}' };
    expect(revalidated(refused, '*')).to.equal(refused);
  });

  it('is made once for a cached stock, headers and all', () => {
    const stock = { name: 'A', price: '1.50', quantity: 3, version: 7 };
    const hit = stockAnswer(stock, 'HIT');
    expect(stockAnswer(stock, 'HIT')).to.equal(hit);
    expect(hit.prepared).to.deep.equal(headerList(hit));
    expect(hit.prepared).to.include.members([
      'X-Stock-Version',
      '7',
      'Content-Length',
      String(hit.body.length),
    ]);
    const miss = stockAnswer(stock, 'MISS');
    expect([miss.body, miss.headers.ETag]).to.deep.equal([hit.body, hit.headers.ETag]);
    expect(miss.headers['X-Cache']).to.equal('MISS');
  });

  it('has another tag in every state of a stock that a client can tell apart', () => {
    const stock = { name: 'A', price: '1.50', quantity: 3, version: 7 };
    const tagOf = (change: Partial<typeof stock>) =>
      stockAnswer({ ...stock, ...change }, 'MISS').headers.ETag;
    expect(tagOf({}))
      .to.equal('"1.50-3"')
      .and.to.equal(tagOf({ version: 8 }));
    expect(tagOf({ price: '1.51' })).not.to.equal(tagOf({}));
    expect(tagOf({ quantity: 4 })).not.to.equal(tagOf({}));
  });
});
