import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  chainChecksum,
  DamagedFileError,
  readSealedCsv,
  sealLine,
  type IntactEnd,
} from '../../../src/shared/sealed-csv.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const header = 'Number,Name,Checksum';

/** The lines of a file with these rows, header first, each with its line feed. */
function sealed(rows: readonly string[]): string[] {
  let checksum = 0;
  const lines = rows.map((row) => {
    checksum = chainChecksum(row, checksum);
    return sealLine(row, checksum);
  });
  return [`${header}\n`, ...lines];
}

describe('sealed csv', () => {
  const directory = useTemporaryDirectory();
  const rows = ['1,GameStart', '2,A & B', '3,BoarCo', '4,x'];
  let path: string;
  beforeEach(() => {
    path = join(directory(), 'sealed.csv');
  });

  async function read(text: string | Buffer): Promise<{ end: IntactEnd; rows: string[] }> {
    await writeFile(path, text);
    const found: string[] = [];
    const end = readSealedCsv(path, header, ({ fields }) => found.push(fields.join(',')));
    return { end, rows: found };
  }

  /** The error for a damaged file. */
  async function damage(text: string | Buffer): Promise<Error> {
    try {
      await read(text);
    } catch (error) {
      expect(error).to.be.instanceOf(DamagedFileError);
      return error as Error;
    }
    throw new Error(`nothing was found wrong with ${JSON.stringify(String(text))}`);
  }

  it('gives back the rows that were written, with their lines and checksums', async () => {
    const lines = sealed(rows);
    await writeFile(path, lines.join(''));
    const seen: unknown[] = [];
    const end = readSealedCsv(path, header, (line) => seen.push(line));
    expect(end).to.deep.equal({ bytes: lines.join('').length, tornBytes: 0 });
    let checksum = 0;
    expect(seen).to.deep.equal(
      rows.map((row, index) => {
        checksum = chainChecksum(row, checksum);
        return { fields: row.split(','), checksum, lineNumber: index + 2 };
      }),
    );
  });

  it('finds nothing in an empty file', async () => {
    expect(await read('')).to.deep.equal({ end: { bytes: 0, tornBytes: 0 }, rows: [] });
  });

  it('drops the last line, whichever of its bytes a crash cut it at, and nothing else', async () => {
    const lines = sealed(rows);
    const last = lines.at(-1) as string;
    const intact = lines.slice(0, -1).join('');
    for (let cut = 0; cut < last.length; cut += 1) {
      expect(await read(intact + last.slice(0, cut)), `cut after ${cut} bytes`).to.deep.equal({
        end: { bytes: intact.length, tornBytes: cut },
        rows: rows.slice(0, -1),
      });
    }
  });

  it('drops a header that a crash cut off', async () => {
    for (let cut = 0; cut <= header.length; cut += 1) {
      const { end } = await read(header.slice(0, cut));
      expect(end, `cut after ${cut} bytes`).to.deep.equal({ bytes: 0, tornBytes: cut });
    }
  });

  it('drops a tail of zeros, as a power loss leaves them', async () => {
    const intact = sealed(rows).join('');
    const { end, rows: found } = await read(Buffer.concat([Buffer.from(intact), Buffer.alloc(10_000)]));
    expect(end.bytes).to.equal(intact.length);
    expect(found).to.deep.equal(rows);
  });

  it('names the line when any single character of it was changed', async () => {
    const lines = sealed(rows);
    for (let index = 1; index < lines.length; index += 1) {
      const line = lines[index] as string;
      for (let at = 0; at < line.length - 1; at += 1) {
        const changed = `${line.slice(0, at)}${line[at] === '7' ? '8' : '7'}${line.slice(at + 1)}`;
        const text = lines.with(index, changed).join('');
        expect((await damage(text)).message).to.match(
          new RegExp(`sealed\\.csv:${index + 1}: this line does not fit`),
        );
      }
    }
  });

  it('names the line after one that was removed', async () => {
    const lines = sealed(rows);
    for (let index = 1; index < lines.length - 1; index += 1) {
      expect((await damage(lines.toSpliced(index, 1).join(''))).message).to.contain(
        `sealed.csv:${index + 1}: `,
      );
    }
  });

  it('names the first of two lines that were swapped', async () => {
    const lines = sealed(rows);
    for (let index = 1; index < lines.length - 1; index += 1) {
      const [one, other] = lines.slice(index, index + 2) as [string, string];
      expect((await damage(lines.toSpliced(index, 2, other, one).join(''))).message).to.contain(
        `sealed.csv:${index + 1}: `,
      );
    }
  });

  it('names a line that was put in, repeated or left empty', async () => {
    const lines = sealed(rows);
    const stranger = sealed(['9,Stranger'])[1] as string;
    expect((await damage(lines.toSpliced(2, 0, stranger).join(''))).message).to.contain('sealed.csv:3: ');
    expect((await damage(lines.toSpliced(2, 0, lines[1] as string).join(''))).message).to.contain(
      'sealed.csv:3: ',
    );
    expect((await damage(lines.toSpliced(4, 0, '\n').join(''))).message).to.contain('sealed.csv:5: ');
    expect((await damage(`${lines.join('')}\n`)).message).to.contain('sealed.csv:6: ');
  });

  it('names a last line that is complete but does not fit, since no crash writes such a line', async () => {
    const lines = sealed(rows);
    const last = lines.at(-1) as string;
    expect((await damage([...lines.slice(0, -1), last.replace('x', 'y')].join(''))).message).to.contain(
      'sealed.csv:5: ',
    );
  });

  it('refuses another header, and says which it wants', async () => {
    for (const first of ['Number,Name', `${header},More`, header.toLowerCase(), `\uFEFF${header}`, '']) {
      expect((await damage(`${first}\n${sealed(rows).slice(1).join('')}`)).message).to.match(
        /sealed\.csv:1: this line is not the header "Number,Name,Checksum"/,
      );
    }
    expect((await damage('Transaction')).message).to.contain('sealed.csv:1: ');
  });

  it('refuses line ends of another system', async () => {
    const windows = sealed(rows).join('').replaceAll('\n', '\r\n');
    expect((await damage(windows)).message).to.contain('sealed.csv:1: ');
  });

  describe('that is larger than the buffer it is read with', () => {
    const bufferBytes = 4 * 1024 * 1024;
    const many = Array.from({ length: 45_000 }, (_, index) => `${index},${'x'.repeat(100)}`);
    const text = sealed(many).join('');

    it('is read as a whole', async () => {
      expect(text.length).to.be.above(bufferBytes);
      const { end, rows: found } = await read(text);
      expect(end).to.deep.equal({ bytes: text.length, tornBytes: 0 });
      expect(found).to.deep.equal(many);
    });

    it('is damaged, not torn, when zeros stand in its middle, across the end of the buffer', async () => {
      const bytes = Buffer.from(text).fill(0, bufferBytes - 6_000, bufferBytes + 100);
      expect((await damage(bytes)).message).to.match(/sealed\.csv:\d+: this line does not fit/);
    });
  });
});
