import { expect } from 'chai';
import { figure, markdownTable } from '../../bench/table.js';

describe('a Markdown table', () => {
  it('has names to the left and numbers to the right', () => {
    const table = markdownTable(
      ['Case', 'Requests/s'],
      [
        ['lookup', '18,600'],
        ['trade', '900'],
      ],
    );
    expect(table.split('\n')).to.deep.equal([
      '| Case   | Requests/s |',
      '| ------ | ---------: |',
      '| lookup |     18,600 |',
      '| trade  |        900 |',
    ]);
  });
});

describe('a figure', () => {
  it('has the digits that count', () => {
    expect([48_058.4, 123.4, 12.34, 1.234, 0.0567].map(figure)).to.deep.equal([
      '48,058',
      '123',
      '12.3',
      '1.23',
      '0.057',
    ]);
  });

  it('is a dash where there is none', () => {
    expect(figure(Number.NaN)).to.equal('-');
  });
});
