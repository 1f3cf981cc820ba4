import { expect } from 'chai';
import type { IncomingHttpHeaders } from 'node:http';
import { Callers } from '../../../src/frontend/callers.js';
import { orderIdPattern } from '../../../src/shared/domain.js';

const deskKey = '0123456789abcdef';
const botKey = 'fedcba9876543210';
const request = (headers: IncomingHttpHeaders) =>
  ({ headers, socket: { remoteAddress: '192.0.2.7' } }) as Parameters<Callers['name']>[0];
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('callers', () => {
  describe('without API keys', () => {
    const callers = new Callers([]);

    it('are addresses, whatever key they show', () => {
      expect(callers.mustShowKey).to.equal(false);
      expect(callers.name(request({}))).to.equal('192.0.2.7');
      expect(callers.name(request({ authorization: `Bearer ${deskKey}` }))).to.equal('192.0.2.7');
    });

    it('name their orders as they like', () => {
      expect(callers.orderId(request({}), 'mine')).to.equal('mine');
    });
  });

  describe('with API keys', () => {
    const callers = new Callers([
      { caller: 'desk', key: deskKey },
      { caller: 'bot', key: botKey },
    ]);
    const desk = request({ 'x-api-key': deskKey });
    const bot = request({ 'x-api-key': botKey });

    it('are known by their key, in each form', () => {
      for (const headers of [
        { authorization: `Bearer ${deskKey}` },
        { authorization: `bearer   ${deskKey}` },
        { authorization: basic(`desk:${deskKey}`) },
        { authorization: basic(`anybody:${deskKey}`) },
        { authorization: basic(`:${deskKey}`) },
        { 'x-api-key': deskKey },
      ]) {
        expect(callers.name(request(headers)), JSON.stringify(headers)).to.equal('desk');
      }
    });

    it('are nobody without it', () => {
      for (const headers of [
        {},
        { authorization: '' },
        { authorization: deskKey },
        { authorization: `Bearer ${deskKey}x` },
        { authorization: `Bearer ${deskKey.slice(1)}` },
        { authorization: `Bearer ${deskKey} ${deskKey}` },
        { authorization: `Digest ${deskKey}` },
        { authorization: basic(`${deskKey}:desk`) },
        { authorization: 'Basic ====' },
        { 'x-api-key': '' },
        { 'x-api-key': `${deskKey}, ${botKey}` },
        { 'x-api-key': 'nonsense', authorization: `Bearer ${deskKey}` },
      ]) {
        expect(callers.name(request(headers)), JSON.stringify(headers)).to.equal(undefined);
      }
    });

    it('have orders of their own under the same key, and each always the same one', () => {
      const id = callers.orderId(desk, 'mine');
      expect(id).to.equal(callers.orderId(request({ authorization: `Bearer ${deskKey}` }), 'mine'));
      expect(id)
        .to.match(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
        .and.to.match(orderIdPattern);
      const others = [callers.orderId(bot, 'mine'), callers.orderId(desk, 'other'), 'mine'];
      expect(new Set([id, ...others]).size).to.equal(4);
    });
  });
});
