import type { Trade } from '../../src/shared/domain.js';
import { parseTrade } from '../../src/shared/trade-line.js';

/** The trades in lines of a log, as they stand there. */
export function parseTradeLines(lines: Buffer): Trade[] {
  return lines
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const fields = line.split(',');
      const trade = parseTrade(fields.slice(0, -1));
      if (!trade) {
        throw new Error(`no trade: ${line}`);
      }
      return { ...trade, checksum: Number.parseInt(fields.at(-1) as string, 16) };
    });
}
