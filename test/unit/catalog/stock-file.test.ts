import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ensureStockFile, readStocks, writeStocks } from '../../../src/catalog/stock-file.js';
import { ConfigError } from '../../../src/shared/config.js';
import { stock } from '../../support/example-trades.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

describe('stock file', () => {
  const directory = useTemporaryDirectory();
  const path = () => join(directory(), 'catalog.csv');

  async function read(text: string) {
    await writeFile(path(), text);
    return readStocks(path());
  }

  async function complaint(text: string): Promise<string> {
    const error: unknown = await read(text).catch((reason: unknown) => reason);
    expect(error, JSON.stringify(text)).to.be.instanceOf(ConfigError);
    return (error as Error).message;
  }

  const gameStart = stock('GameStart', 100);

  it('reads the original file, with its three or its four columns', async () => {
    expect(await read('Name,Price,Quantity\nGameStart,15.99,100\n')).to.deep.equal([gameStart]);
    expect(await read('Name,Price,Quantity,Volume\nGameStart,15.99,100,7\n')).to.deep.equal([
      { ...gameStart, volume: 7 },
    ]);
  });

  it('reads a file with all columns, in any order', async () => {
    expect(await read('Version,Name,Volume,Quantity,Price\n12,GameStart,7,100,15.99\n')).to.deep.equal([
      { ...gameStart, volume: 7, version: 12 },
    ]);
  });

  it('reads a header in any case and with spaces around, and one with a byte order mark', async () => {
    for (const header of [
      'name,price,quantity',
      'NAME,PRICE,QUANTITY',
      ' Name , Price, Quantity ',
      '\uFEFFName,Price,Quantity',
    ]) {
      expect(await read(`${header}\nGameStart,15.99,100\n`), header).to.deep.equal([gameStart]);
    }
  });

  it('reads what spreadsheets make of it: other line ends, quotes, spaces, empty lines, no line end at the end', async () => {
    const texts = [
      'Name,Price,Quantity\r\nGameStart,15.99,100\r\n',
      '"Name","Price","Quantity"\n"GameStart","15.99","100"\n',
      'Name,Price,Quantity\n GameStart , 15.99 , 100 \n',
      'Name,Price,Quantity\n\nGameStart,15.99,100\n\n\n',
      'Name,Price,Quantity\nGameStart,15.99,100',
    ];
    for (const text of texts) {
      expect(await read(text), JSON.stringify(text)).to.deep.equal([gameStart]);
    }
  });

  it('keeps a price exactly as it is written', async () => {
    const stocks = await read('Name,Price,Quantity\nA,34.20,1\nB,0.0001,1\nC,7,1\nD,0,1\n');
    expect(stocks.map(({ price }) => price)).to.deep.equal(['34.20', '0.0001', '7', '0']);
  });

  const header = 'Name,Price,Quantity,Volume,Version';
  const wrong: [string, string, RegExp][] = [
    ['a price that is none', 'A,free,1,0,0', /row 3: "free" is not a price of A/],
    ['a negative price', 'A,-1,1,0,0', /row 3: "-1" is not a price of A/],
    ['an exact fraction of a cent too many', 'A,1.00001,1,0,0', /row 3: "1\.00001" is not a price of A/],
    ['a part of a share', 'A,1,1.5,0,0', /row 3: "1\.5" is not a Quantity of A/],
    ['less than no share', 'A,1,-1,0,0', /row 3: "-1" is not a Quantity of A/],
    ['no quantity', 'A,1,,0,0', /row 3: "" is not a Quantity of A/],
    ['more shares than can be counted', 'A,1,2147483648,0,0', /row 3: "2147483648" is not a Quantity of A/],
    ['a volume that is none', 'A,1,1,many,0', /row 3: "many" is not a Volume of A/],
    ['a version that is none', 'A,1,1,0,x', /row 3: "x" is not a Version of A/],
    ['no name', ',1,1,0,0', /row 3: "" is not a stock name/],
    ['a name that a log could not hold', '"A,B",1,1,0,0', /row 3: "A,B" is not a stock name/],
    ['a name that is listed already', 'GameStart,1,1,0,0', /row 3: the stock GameStart is listed twice/],
  ];
  for (const [what, row, reason] of wrong) {
    it(`refuses a row with ${what}, and names file and row`, async () => {
      const text = await complaint(`${header}\nGameStart,15.99,100,0,0\n${row}\nZ,1,1,0,0\n`);
      expect(text).to.match(reason).and.to.contain('catalog.csv, row ');
    });
  }

  it('refuses a header that lacks a column, has a strange one or has one twice, and says what it must be', async () => {
    for (const columns of [
      'Name,Price',
      'Name,Price,Quantity,Colour',
      'Name,Price,Quantity,name',
      'GameStart,15.99,100',
    ]) {
      const text = await complaint(`${columns}\nGameStart,15.99,100\n`);
      expect(text, columns)
        .to.match(/header/i)
        .and.to.contain('catalog.csv');
    }
  });

  it('refuses a file without a stock', async () => {
    for (const text of ['', `${header}\n`, `${header}\n\n`]) {
      expect(await complaint(text), JSON.stringify(text)).to.contain('lists no stock');
    }
  });

  it('reads back what it wrote', async () => {
    const stocks = [
      stock('A & B Co.', 0, { price: '34.20' }),
      stock('Z', 2_147_483_647, { volume: 5, version: 9 }),
    ];
    await writeStocks(path(), stocks);
    expect(await readStocks(path())).to.deep.equal(stocks);
    expect(await readFile(path(), 'utf8')).to.equal(
      `${header}\nA & B Co.,34.20,0,0,0\nZ,15.99,2147483647,5,9\n`,
    );
  });

  it('writes what has changed and what has not, in the same order', async () => {
    const path = join(directory(), 'catalog.csv');
    const before = ['A', 'B', 'C'].map((name) => ({
      name,
      price: '1.50',
      quantity: 5,
      volume: 0,
      version: 0,
    }));
    await writeStocks(path, before);
    const after = before.map((stock) => (stock.name === 'B' ? { ...stock, quantity: 4, version: 7 } : stock));
    await writeStocks(path, after);
    expect(await readStocks(path)).to.deep.equal(after);
    await writeStocks(path, after);
    expect(await readStocks(path)).to.deep.equal(after);
  });

  it('replaces the file as a whole and leaves nothing beside it', async () => {
    await writeStocks(path(), [gameStart]);
    await writeStocks(path(), [{ ...gameStart, quantity: 1 }]);
    expect(await readdir(directory())).to.deep.equal(['catalog.csv']);
    expect(await readStocks(path())).to.deep.equal([{ ...gameStart, quantity: 1 }]);
  });

  describe('at the first start', () => {
    const initial = () => join(directory(), 'shipped.csv');
    beforeEach(() => writeFile(initial(), 'Name,Price,Quantity\nGameStart,15.99,100\n'));

    it('is a copy of the initial catalog', async () => {
      expect(await ensureStockFile(directory(), initial())).to.equal(path());
      expect(await readStocks(path())).to.deep.equal([gameStart]);
    });

    it('is a copy of the one that lies beside it, if no setting names another', async () => {
      await writeFile(join(directory(), 'initial_catalog.csv'), 'Name,Price,Quantity\nBoarCo,15.99,5\n');
      await ensureStockFile(directory(), undefined);
      expect(await readStocks(path())).to.deep.equal([stock('BoarCo', 5)]);
    });

    it('is a copy of the one that a setting names, even if there is one beside it', async () => {
      await writeFile(join(directory(), 'initial_catalog.csv'), 'Name,Price,Quantity\nBoarCo,15.99,5\n');
      await ensureStockFile(directory(), initial());
      expect(await readStocks(path())).to.deep.equal([gameStart]);
    });

    it('stays as it is if it exists', async () => {
      await writeStocks(path(), [stock('BoarCo', 5)]);
      await ensureStockFile(directory(), initial());
      expect(await readStocks(path())).to.deep.equal([stock('BoarCo', 5)]);
    });

    it('needs an initial catalog, and says which setting names it', async () => {
      const error: unknown = await ensureStockFile(directory(), join(directory(), 'none.csv')).catch(
        (reason: unknown) => reason,
      );
      expect(error)
        .to.be.instanceOf(ConfigError)
        .and.to.match(/none\.csv: set INITIAL_CATALOG/);
    });
  });

  it('refuses a row with a column too few or too many, and says which', async () => {
    for (const row of ['A,1', 'A,1,1,1', 'A,1,1,', 'A']) {
      await writeFile(path(), `Name,Price,Quantity\nGameStart,15.99,100\n${row}\nZ,1,1\n`);
      const error: unknown = await readStocks(path()).catch((reason: unknown) => reason);
      expect(error, row)
        .to.be.instanceOf(ConfigError)
        .and.to.match(/row 3: it has more or fewer columns/);
    }
  });

  it('comes with the repository in a form that can be read', async () => {
    const stocks = await readStocks('volumes/catalog/initial_catalog.csv');
    expect(stocks).to.have.lengthOf.above(5);
    expect(stocks).to.deep.include(gameStart);
  });
});
