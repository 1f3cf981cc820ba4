// The tables, and how a database comes from one version of them to the next.
import type { ClientBase } from 'pg';
import { ConfigError } from '../../shared/config.js';
import type { Stock } from '../ledger.js';
import type { PostgresSession } from './postgres-session.js';

/** Each brings the schema one version on. What has been released is never changed. */
const migrations: readonly string[] = [
  `
  CREATE TABLE ledger (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch bigint NOT NULL DEFAULT 0,
    renewals bigint NOT NULL DEFAULT 0,
    released boolean NOT NULL DEFAULT true,
    term bigint NOT NULL DEFAULT 0,
    leader_id integer NOT NULL DEFAULT 0,
    records bigint NOT NULL DEFAULT 0,
    last_number integer NOT NULL DEFAULT 0,
    last_checksum bigint NOT NULL DEFAULT 0
  ) WITH (fillfactor = 10);
  CREATE TABLE stocks (
    name text PRIMARY KEY,
    price text NOT NULL,
    quantity integer NOT NULL CHECK (quantity >= 0),
    volume bigint NOT NULL,
    version integer NOT NULL
  ) WITH (fillfactor = 50);
  CREATE TABLE trades (
    number integer PRIMARY KEY,
    record bigint NOT NULL UNIQUE,
    name text NOT NULL,
    type text NOT NULL CHECK (type IN ('buy', 'sell')),
    quantity integer NOT NULL CHECK (quantity >= 0),
    order_id text NOT NULL UNIQUE,
    term bigint NOT NULL,
    checksum bigint NOT NULL
  );
  CREATE TABLE refusals (
    record bigint PRIMARY KEY,
    name text NOT NULL,
    type text NOT NULL,
    quantity integer NOT NULL,
    order_id text NOT NULL,
    term bigint NOT NULL
  );
  CREATE TABLE terms (
    record bigint PRIMARY KEY,
    term bigint NOT NULL UNIQUE,
    leader_id integer NOT NULL
  );
  INSERT INTO ledger DEFAULT VALUES;
  `,
];

/** One for this program, so that two catalogs do not migrate at the same time. */
const migrationLock = 0x53_54_4f_43;

async function versionOf(client: ClientBase): Promise<number> {
  await client.query('CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL)');
  const { rows } = await client.query<{ version: number }>(
    'SELECT max(version) AS version FROM schema_version',
  );
  return rows[0]?.version ?? 0;
}

/**
 * Brings the tables up to date, and puts the stocks of the first start in.
 * @param initialStocks what to put in, if there are none yet
 * @throws ConfigError the tables are of a later version of this program
 */
export async function migrate(
  session: PostgresSession,
  initialStocks: () => Promise<readonly Stock[]>,
): Promise<void> {
  const stocks = await initialStocks();
  const found = await session.transaction(async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
    const version = await versionOf(client);
    if (version > migrations.length) {
      return version;
    }
    for (const [index, migration] of migrations.entries()) {
      if (index >= version) {
        await client.query(migration);
        await client.query('INSERT INTO schema_version VALUES ($1)', [index + 1]);
      }
    }
    const { rowCount } = await client.query('SELECT FROM stocks LIMIT 1');
    if (rowCount === 0) {
      await insertStocks(client, stocks);
    }
    return version;
  });
  if (found > migrations.length) {
    throw new ConfigError(
      `the tables of the database are of version ${found}, this program knows up to ${migrations.length}: start a newer one`,
    );
  }
}

export async function insertStocks(client: ClientBase, stocks: readonly Stock[]): Promise<void> {
  const column = <Key extends keyof Stock>(key: Key): Stock[Key][] => stocks.map((stock) => stock[key]);
  await client.query(
    `INSERT INTO stocks (name, price, quantity, volume, version)
     SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::bigint[], $5::integer[])`,
    [column('name'), column('price'), column('quantity'), column('volume'), column('version')],
  );
}
