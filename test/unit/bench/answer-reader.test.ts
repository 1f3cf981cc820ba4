import { expect } from 'chai';
import { AnswerReader } from '../../bench/answer-reader.js';

const answer = (status: number, body: string): string =>
  `HTTP/1.1 ${status} Text\r\nDate: today\r\nContent-Length: ${body.length}\r\nConnection: keep-alive\r\n\r\n${body}`;

describe('the reader of answers', () => {
  it('finds each answer, wherever the bytes are divided', () => {
    const text = answer(200, '{"data":1}') + answer(503, '') + answer(201, '\r\n\r\nHTTP/1.1 500');
    for (let cut = 0; cut <= text.length; cut += 1) {
      const reader = new AnswerReader();
      const statuses = [...reader.read(text.slice(0, cut)), ...reader.read(text.slice(cut))];
      expect(statuses, `cut at ${cut}`).to.deep.equal([200, 503, 201]);
    }
  });

  it('says nothing of an answer that is not complete', () => {
    const reader = new AnswerReader();
    expect(reader.read(answer(200, '{"data":1}').slice(0, -1))).to.deep.equal([]);
  });
});
