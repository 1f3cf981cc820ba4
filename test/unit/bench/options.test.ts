import { expect } from 'chai';
import { parseBenchOptions } from '../../bench/options.js';

/** What is said about bad arguments, and the exit code. */
function refusal(...args: string[]): string {
  const write = process.stderr.write.bind(process.stderr);
  let said = '';
  process.stderr.write = (text: string | Uint8Array): boolean => {
    said += String(text);
    return true;
  };
  try {
    parseBenchOptions(args);
  } catch {
    return said;
  } finally {
    process.stderr.write = write;
  }
  throw new Error(`${args.join(' ')} was accepted`);
}

describe('the options of the benchmark', () => {
  it('have defaults', () => {
    const options = parseBenchOptions([]);
    expect(options).to.include({ rounds: 5, seconds: 3, growth: false, tradeBudget: false });
    expect(options.connections).to.deep.equal([1, 8, 32, 64, 128]);
    expect(options.cases).to.have.length(5);
  });

  it('select cases and connections, in one order and once each', () => {
    const options = parseBenchOptions(['--cases', 'trade,cached', '--connections', '32,1,32']);
    expect(options.cases).to.deep.equal(['cached', 'trade']);
    expect(options.connections).to.deep.equal([1, 32]);
  });

  it('are refused with a sentence that says what is possible', () => {
    expect(refusal('--rounds', '0')).to.match(/--rounds.*whole number from 1 to 100/);
    expect(refusal('--connections', '1,many')).to.match(/--connections.*separated by commas, like 1,32/);
    expect(refusal('--cases', 'cached,fast')).to.match(/--cases.*"fast" is none of cached, uncached/);
    expect(refusal('--data-parent', '/none/such')).to.match(/--data-parent.*no such directory/);
    expect(refusal('--growth', '--trade-budget')).to.match(/cannot be used with/);
    expect(refusal('--quick')).to.match(/unknown option/);
  });
});
