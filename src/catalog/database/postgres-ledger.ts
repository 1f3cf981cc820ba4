// The ledger's database over the PostgreSQL protocol: every method but the trial of room is one statement, so one
// transaction and one way to the server and back. The only row of the table `ledger` is the fence: whoever adds records
// must still find its epoch, and as many records as it knows of, in it.
import type { ClientBase } from 'pg';
import { DiskFullError } from '../../shared/append-file.js';
import type { Stock } from '../ledger.js';
import {
  DatabaseAwayError,
  recordsIn,
  type Addition,
  type DatabaseHead,
  type LedgerDatabase,
  type RecordFields,
} from './ledger-database.js';
import { sqlState, type PostgresSession } from './postgres-session.js';

/** How long all stocks may take, and a page of records, ms. */
const stocksTimeoutMs = 30_000;
const pageTimeoutMs = 3_000;
/** SQLSTATE class "insufficient resources": disk full, out of memory, configuration limit. */
const noRoomCodes = /^53[124]/;
/** Transactions that got in each other's way; one of them was rolled back, and may try again. */
const conflictCodes = /^40/;

const headColumns = 'epoch, renewals, released, term, leader_id, records, last_number, last_checksum';

interface HeadRow {
  epoch: string;
  renewals: string;
  released: boolean;
  term: string;
  leader_id: number;
  records: string;
  last_number: number;
  last_checksum: string;
}

function toHead(row: HeadRow): DatabaseHead {
  return {
    epoch: Number(row.epoch),
    renewals: Number(row.renewals),
    released: row.released,
    term: Number(row.term),
    leaderId: row.leader_id,
    records: Number(row.records),
    lastNumber: row.last_number,
    lastChecksum: Number(row.last_checksum),
  };
}

const addRecords = `
WITH fence AS (
  UPDATE ledger SET
    renewals = renewals + 1,
    records = records + $3,
    last_number = coalesce($4, last_number),
    last_checksum = coalesce($5, last_checksum),
    term = coalesce($6, term),
    leader_id = coalesce($7, leader_id)
  WHERE epoch = $1 AND records = $2
  RETURNING 1
), new_trades AS (
  INSERT INTO trades (number, record, name, type, quantity, order_id, term, checksum)
  SELECT trade.* FROM fence,
    unnest($8::integer[], $9::bigint[], $10::text[], $11::text[], $12::integer[], $13::text[], $14::bigint[], $15::bigint[])
    AS trade
), new_refusals AS (
  INSERT INTO refusals (record, name, type, quantity, order_id, term)
  SELECT refusal.* FROM fence,
    unnest($16::bigint[], $17::text[], $18::text[], $19::integer[], $20::text[], $21::bigint[]) AS refusal
), new_term AS (
  INSERT INTO terms (record, term, leader_id) SELECT $2 + 1, $6, $7 FROM fence WHERE $6 IS NOT NULL
), touched AS (
  UPDATE stocks SET quantity = new.quantity, volume = new.volume, version = new.version
  FROM fence, unnest($22::text[], $23::integer[], $24::bigint[], $25::integer[]) AS new (name, quantity, volume, version)
  WHERE stocks.name = new.name
)
SELECT count(*)::integer AS added FROM fence`;

const columnsOf = <Item>(
  items: readonly Item[],
  row: (item: Item, index: number) => readonly unknown[],
  width: number,
): unknown[][] => {
  const rows = items.map(row);
  return Array.from({ length: width }, (_, column) => rows.map((values) => values[column]));
};

function additionValues(epoch: number, addition: Addition): unknown[] {
  const { after, trades, refusals, touched, leadership, beginsTerm } = addition;
  const end = trades.at(-1);
  const firstRefusal = after + trades.length + 1;
  return [
    epoch,
    after,
    recordsIn(addition),
    end?.number ?? null,
    end?.checksum ?? null,
    beginsTerm ? leadership.term : null,
    beginsTerm ? leadership.leaderId : null,
    ...columnsOf(
      trades,
      ({ number, name, type, quantity, orderId, term, checksum }, index) => [
        number,
        after + 1 + index,
        name,
        type,
        quantity,
        orderId,
        term,
        checksum,
      ],
      8,
    ),
    ...columnsOf(
      refusals,
      ({ name, type, quantity, orderId }, index) => [
        firstRefusal + index,
        name,
        type,
        quantity,
        orderId,
        leadership.term,
      ],
      6,
    ),
    ...columnsOf(
      [...touched.values()],
      ({ name, quantity, volume, version }) => [name, quantity, volume, version],
      4,
    ),
  ];
}

/** The statement that adds records, for an epoch that is current. */
export const addStatement = (epoch: number, addition: Addition) => ({
  name: 'add',
  text: addRecords,
  values: additionValues(epoch, addition),
});

/** Records in the form of journal.csv, see journal.ts. */
const readRecords = `
SELECT number::text, name, type, quantity::text AS count, order_id, term::text FROM (
  (SELECT record, number, name, type, quantity, order_id, term FROM trades
    WHERE record > $1 AND record <= $1 + $2)
  UNION ALL
  (SELECT record, 0, name, 'refused-' || type, quantity, order_id, term FROM refusals
    WHERE record > $1 AND record <= $1 + $2)
  UNION ALL
  (SELECT record, 0, '', 'term', leader_id, '', term FROM terms
    WHERE record > $1 AND record <= $1 + $2)
) AS records ORDER BY record`;

type RecordRow = Record<'number' | 'name' | 'type' | 'count' | 'order_id' | 'term', string>;

interface StockRow {
  name: string;
  price: string;
  quantity: number;
  volume: string;
  version: number;
}

/** Numbers below zero are nobody's. */
const trialOfRoom = `INSERT INTO trades
  SELECT -n, -n, 'trial', 'buy', 0, 'trial-of-room-' || n, 0, 0 FROM generate_series(1, 256) AS n`;

async function writeAndTakeBack(client: ClientBase): Promise<void> {
  await client.query('SAVEPOINT trial');
  await client.query(trialOfRoom);
  await client.query('ROLLBACK TO trial');
}

export class PostgresLedger implements LedgerDatabase {
  readonly #session: PostgresSession;

  constructor(session: PostgresSession) {
    this.#session = session;
  }

  async stocks(): Promise<{ readonly stocks: readonly Stock[]; readonly head: DatabaseHead }> {
    const rows = await this.#session.query<StockRow & HeadRow>(
      {
        text: `SELECT name, price, quantity, volume, version, ${headColumns} FROM stocks, ledger ORDER BY name`,
      },
      stocksTimeoutMs,
    );
    const stocks = rows.map(({ name, price, quantity, volume, version }) => ({
      name,
      price,
      quantity,
      volume: Number(volume),
      version,
    }));
    return { stocks, head: onlyHead(rows.slice(0, 1)) };
  }

  async head(): Promise<DatabaseHead> {
    return onlyHead(
      await this.#session.query<HeadRow>({ name: 'head', text: `SELECT ${headColumns} FROM ledger` }),
    );
  }

  async read(after: number, limit: number): Promise<readonly RecordFields[]> {
    const statement = { name: 'read', text: readRecords, values: [after, limit] };
    const rows = await this.#session.query<RecordRow>(statement, pageTimeoutMs);
    return rows.map(({ number, name, type, count, order_id: orderId, term }) => [
      number,
      name,
      type,
      count,
      orderId,
      term,
    ]);
  }

  async claim({ epoch, renewals }: DatabaseHead): Promise<DatabaseHead | undefined> {
    return this.#write(
      'claim',
      'epoch = epoch + 1, renewals = renewals + 1, released = false',
      'epoch = $1 AND renewals = $2',
      [epoch, renewals],
    );
  }

  renew(epoch: number): Promise<DatabaseHead | undefined> {
    return this.#write('renew', 'renewals = renewals + 1', 'epoch = $1', [epoch]);
  }

  async release(epoch: number): Promise<void> {
    await this.#write('release', 'released = true', 'epoch = $1', [epoch]);
  }

  async add(epoch: number, addition: Addition): Promise<boolean> {
    try {
      const [row] = await this.#session.query<{ added: number }>(addStatement(epoch, addition));
      return row?.added === 1;
    } catch (error) {
      if (conflictCodes.test(sqlState(error))) {
        return false;
      }
      throw noRoomAsDiskFull(error);
    }
  }

  async tryRoom(): Promise<void> {
    try {
      await this.#session.transaction(writeAndTakeBack);
    } catch (error) {
      if (error instanceof DatabaseAwayError || noRoomCodes.test(sqlState(error))) {
        throw noRoomAsDiskFull(error);
      }
      // It was refused for another reason, which says nothing of the room.
    }
  }

  async #write(
    name: string,
    changes: string,
    condition: string,
    values: readonly unknown[],
  ): Promise<DatabaseHead | undefined> {
    const text = `UPDATE ledger SET ${changes} WHERE ${condition} RETURNING ${headColumns}`;
    try {
      const [row] = await this.#session.query<HeadRow>({ name, text, values });
      return row && toHead(row);
    } catch (error) {
      if (conflictCodes.test(sqlState(error)) || noRoomCodes.test(sqlState(error))) {
        throw new DatabaseAwayError((error as Error).message, { cause: error });
      }
      throw error;
    }
  }
}

function noRoomAsDiskFull(error: unknown): unknown {
  return noRoomCodes.test(sqlState(error))
    ? new DiskFullError((error as Error).message, { cause: error })
    : error;
}

function onlyHead([row]: readonly HeadRow[]): DatabaseHead {
  if (!row) {
    throw new Error('the table "ledger" of the database, or "stocks", is empty');
  }
  return toHead(row);
}
