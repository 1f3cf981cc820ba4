import { expect } from 'chai';
import { warnOnce } from '../../../src/shared/warn-once.js';

describe('what is tried at each interval', () => {
  it('is warned of when it fails, once until it has succeeded', async () => {
    const said: string[] = [];
    const say = (level: string) => (facts: { err: Error }, text: string) =>
      said.push(`${level}: ${text}: ${facts.err.message}`);
    const logger = { warn: say('warn'), debug: say('debug') } as never;
    const attempt = warnOnce(logger, 'not written');
    let ran = 0;
    for (const failure of ['full', 'full', undefined, 'away']) {
      await attempt(async () => {
        ran += 1;
        if (failure !== undefined) {
          throw new Error(failure);
        }
      });
    }
    expect(ran).to.equal(4);
    expect(said).to.deep.equal([
      'warn: not written: full',
      'debug: not written: full',
      'warn: not written: away',
    ]);
  });
});
