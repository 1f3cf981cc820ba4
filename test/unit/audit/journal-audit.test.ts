// What the audit makes of the lines of a journal that the ledger would not have written.
import { expect } from 'chai';
import { JournalAudit } from '../../../src/audit/journal-audit.js';
import { maxRefusals } from '../../../src/catalog/ledger.js';
import { order } from '../../support/example-trades.js';

describe('the audit of a journal', () => {
  let audit: JournalAudit;
  beforeEach(() => {
    audit = new JournalAudit(undefined);
  });

  const trade = (number: number, orderId: string) =>
    audit.replayTrade({ ...order(orderId), type: 'buy', number, term: 0 });
  const refuse = (orderId: string) => audit.replayRefusal({ ...order(orderId), type: 'buy', reason: '' });
  const complaints = () => audit.findings.filter(({ kind }) => kind === 'key twice').map(({ text }) => text);

  it('calls trades by their numbers, also after one was left out', () => {
    trade(1, 'a');
    trade(5, 'b');
    trade(6, 'c');
    trade(9, 'b');
    trade(10, 'c');
    trade(11, 'a');
    expect(complaints()).to.deep.equal([
      'the key b is trade 5 and trade 9',
      'the key c is trade 6 and trade 10',
      'the key a is trade 1 and trade 11',
    ]);
    expect(audit).to.include({ trades: 6, lastNumber: 11 });
  });

  it('complains of a key that is refused after it was a trade, or refused twice', () => {
    trade(1, 'a');
    refuse('a');
    refuse('b');
    refuse('b');
    expect(complaints()).to.deep.equal([
      'the key a is refused after it was decided',
      'the key b is refused after it was decided',
    ]);
    expect(audit).to.include({ trades: 1, refusals: 3 });
  });

  it('forgets a refusal after as many later ones as the ledger does', () => {
    ['a', 'b'].forEach(refuse);
    for (let later = 1; later < maxRefusals; later += 1) {
      refuse(`later-${later}`);
    }
    trade(1, 'a');
    trade(2, 'b');
    expect(complaints()).to.deep.equal(['the key b was refused, and is trade 2']);
  });
});
