import { CommanderError } from 'commander';
import { expect } from 'chai';
import { parseKey, parseName, parseUrl, wholeNumber } from '../../../src/cli/arguments.js';
import { describeTrade, repeatCommand } from '../../../src/cli/commands/trade.js';
import { exitCodeOf, RefusedError, UnreachableError } from '../../../src/cli/exit-codes.js';
import { OutputLostError } from '../../../src/cli/output.js';
import { wantsColour } from '../../../src/cli/terminal.js';
import { ConfigError } from '../../../src/shared/config.js';

describe('the command line', () => {
  it('colours terminals and no pipes, and does as NO_COLOR and FORCE_COLOR say', () => {
    expect(wantsColour({}, true)).to.equal(true);
    expect(wantsColour({}, false)).to.equal(false);
    expect(wantsColour({ CI: '1' }, false)).to.equal(false);
    expect(wantsColour({ TERM: 'dumb' }, true)).to.equal(false);
    expect(wantsColour({ NO_COLOR: '1' }, true)).to.equal(false);
    expect(wantsColour({ NO_COLOR: '' }, true)).to.equal(true);
    expect(wantsColour({ FORCE_COLOR: '1' }, false)).to.equal(true);
    expect(wantsColour({ FORCE_COLOR: '0' }, true)).to.equal(false);
    expect(wantsColour({ NO_COLOR: '1', FORCE_COLOR: '1' }, true)).to.equal(false);
  });

  it('gives each kind of error its exit status', () => {
    expect(exitCodeOf(new CommanderError(0, 'commander.helpDisplayed', ''))).to.equal(0);
    expect(exitCodeOf(new RefusedError())).to.equal(1);
    expect(exitCodeOf(new CommanderError(1, 'commander.unknownOption', ''))).to.equal(2);
    expect(exitCodeOf(new ConfigError())).to.equal(2);
    expect(exitCodeOf(new UnreachableError())).to.equal(3);
    expect(exitCodeOf(new TypeError())).to.equal(70);
    expect(exitCodeOf(new OutputLostError('', 'ENOSPC', false))).to.equal(74);
  });

  it('names the command that repeats an order, whatever the stock is called', () => {
    const url = new URL('http://127.0.0.1:9080');
    expect(repeatCommand({ type: 'buy', name: 'GameStart', quantity: 3 }, 'k1', url)).to.equal(
      'stock buy GameStart 3 --key k1 --url http://127.0.0.1:9080',
    );
    expect(repeatCommand({ type: 'sell', name: "Bob's & Co", quantity: 1 }, 'k2', url)).to.equal(
      String.raw`stock sell 'Bob'\''s & Co' 1 --key k2 --url http://127.0.0.1:9080`,
    );
  });

  it('says how often an order was sent only if it was sent again', () => {
    const trade = { type: 'sell', name: 'AAPL', quantity: 2 } as const;
    expect(describeTrade(trade, 7, 'k', 0)).to.equal('Sold 2 AAPL: order 7 (key k)');
    expect(describeTrade(trade, 7, 'k', 2)).to.equal('Sold 2 AAPL: order 7 (key k, sent 3 times)');
  });

  it('understands arguments in one way', () => {
    expect(parseUrl('host:81').href).to.equal('http://host:81/');
    expect(wholeNumber(0, 9)('7')).to.equal(7);
    expect(parseName('A & B')).to.equal('A & B');
    expect(parseKey('a.b_c:d-1')).to.equal('a.b_c:d-1');
    for (const wrong of ['0x7', '1e0', '7.0', '+7', '', '10']) {
      expect(() => wholeNumber(0, 9)(wrong), wrong).to.throw('whole number from 0 to 9');
    }
    expect(() => parseName(' ')).to.throw('name of a stock');
    expect(() => parseName('..')).to.throw('name of a stock');
    expect(() => parseKey('-a')).to.throw('starting with a letter');
    expect(() => parseUrl('http://host/path')).to.throw('without a path');
  });
});
