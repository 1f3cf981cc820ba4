// One connection to whichever server of the database takes writes, opened anew whenever it breaks.
import { Client, DatabaseError, type ClientBase, type QueryConfig, type QueryResultRow } from 'pg';
import { ConfigError } from '../../shared/config.js';
import type { Logger } from '../../shared/logger.js';
import { DatabaseAwayError } from './ledger-database.js';

/** How long any statement may take whose own time is not given, ms: pages of an import, migrations. */
const longestMs = 30_000;
/**
 * How long the server lets a statement wait for a lock, ms: less than it is waited for here, as else each attempt would leave
 * a backend behind that waits on.
 */
const lockTimeoutMs = 800;
/** How long a server may take to accept a connection, and to answer a statement, ms. */
const connectTimeoutMs = 1_000;
const statementTimeoutMs = 1_000;

/** SQLSTATE classes that say that the server, not the statement, is at fault: it stops, starts, or is a standby. */
const awayCodes = /^(08|57|58|25006|53300|55P03|XX)/;
/** Those that no further attempt will change: wrong name or password, no such database, no rights. */
const hopelessCodes = /^(28|3D000|42501|0A000)/;

/** The SQLSTATE that a server has answered with; empty if the error is not a server's. */
export const sqlState = (error: unknown): string =>
  error instanceof DatabaseError ? (error.code ?? '') : '';

/** A statement whose answer is not waited for for longer than a connection. */
const soon = (text: string): QueryConfig => ({ text, query_timeout: connectTimeoutMs }) as QueryConfig;

/** A server that takes writes, and how often a standby has taken over before it did. */
interface Found {
  readonly client: Client;
  readonly timeline: number;
}

/**
 * The URLs of the single servers in one that names several, as libpq has it: `postgres://user@one:5432,two:5432/stocks`.
 */
export function serverUrls(url: string): string[] {
  const [, start = '', hosts = '', rest = ''] =
    /^(postgres(?:ql)?:\/\/(?:[^/?]*@)?)([^/?]*)(.*)$/.exec(url) ?? [];
  return hosts.split(',').map((host) => `${start}${host}${rest}`);
}

/** A URL as it may be shown: which server, and which database. */
export function withoutSecrets(url: string): string {
  return url.replace(/^([a-z]+:\/\/)(?:[^/?]*@)?([^?]*).*$/, '$1$2');
}

export class PostgresSession {
  readonly #urls: readonly string[];
  readonly #logger: Pick<Logger, 'warn' | 'info'>;
  #client: Promise<Client> | undefined;
  /** When the work before is done: one statement is under way at a time. */
  #free: Promise<unknown> = Promise.resolve();
  #closed = false;
  #wasConnected = false;

  constructor(url: string, logger: Pick<Logger, 'warn' | 'info'>) {
    this.#urls = serverUrls(url);
    this.#logger = logger;
  }

  /**
   * Runs a statement as a transaction of its own.
   * @throws DatabaseAwayError the outcome is unknown; DatabaseError the server refused the statement
   */
  async query<Row extends QueryResultRow>(
    statement: { readonly name?: string; readonly text: string; readonly values?: readonly unknown[] },
    timeoutMs = statementTimeoutMs,
  ): Promise<Row[]> {
    const { values, ...named } = statement;
    const config = { ...named, ...(values && { values: [...values] }), query_timeout: timeoutMs };
    return this.#inTurn(async (client) => (await client.query<Row>(config as QueryConfig)).rows);
  }

  /**
   * Several statements in one transaction; otherwise as query.
   * @throws ConfigError that `work` has thrown: nothing is done then
   */
  transaction<T>(work: (client: ClientBase) => Promise<T>): Promise<T> {
    return this.#inTurn(async (client) => {
      await client.query('BEGIN');
      try {
        const result = await work(client);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#client?.catch(() => undefined);
    await client?.end().catch(() => undefined);
  }

  #inTurn<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const done = this.#free.then(() => this.#run(work));
    this.#free = done.catch(() => undefined);
    return done;
  }

  async #run<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = await this.#connected();
    try {
      return await work(client);
    } catch (error) {
      const isAnswer = sqlState(error) !== '' && !awayCodes.test(sqlState(error));
      if (isAnswer || error instanceof ConfigError) {
        throw error;
      }
      this.#drop(client);
      throw new DatabaseAwayError((error as Error).message, { cause: error });
    }
  }

  #connected(): Promise<Client> {
    if (this.#closed) {
      return Promise.reject(new DatabaseAwayError('closed'));
    }
    const connecting = (this.#client ??= this.#connect());
    connecting.catch(() => {
      if (this.#client === connecting) {
        this.#client = undefined;
      }
    });
    return connecting;
  }

  /** Of the servers that answer and take writes, the one after the most takeovers: an old primary may come back. */
  async #connect(): Promise<Client> {
    const attempts = await Promise.allSettled(this.#urls.map((url) => openServer(url)));
    const found = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
    const [best, ...others] = found.sort((a, b) => b.timeline - a.timeline);
    others.forEach(({ client }) => void client.end().catch(() => undefined));
    if (!best) {
      const failure = failureOf(
        attempts.map((attempt) => (attempt as PromiseRejectedResult).reason as Error),
      );
      // What was right before may be wrong for a moment, as while a standby takes over.
      throw this.#wasConnected ? new DatabaseAwayError(failure.message, { cause: failure }) : failure;
    }
    this.#wasConnected = true;
    const { client } = best;
    client.on('error', (error) => {
      this.#logger.warn(`the connection to the database broke: ${error.message}`);
      this.#forget(client);
    });
    client.on('end', () => this.#forget(client));
    return client;
  }

  #drop(client: Client): void {
    this.#forget(client);
    // Not `end()`: that waits for what the server has not answered.
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }

  #forget(client: Client): void {
    void this.#client?.then(
      (current) => {
        if (current === client) {
          this.#client = undefined;
        }
      },
      () => undefined,
    );
  }
}

/** The failures of all servers as one; hopeless only if each of them is. */
function failureOf(failures: readonly Error[]): Error {
  const text = [...new Set(failures.map(({ message }) => message))].join('; ');
  return failures.every((failure) => failure instanceof ConfigError)
    ? new ConfigError(`LEDGER_URL: ${text}`)
    : new DatabaseAwayError(text);
}

/** @throws DatabaseAwayError it does not answer, or takes no writes; ConfigError it never will */
async function openServer(url: string): Promise<Found> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: longestMs,
    keepAlive: true,
    application_name: 'stock-catalog',
  });
  const shown = withoutSecrets(url);
  client.on('error', () => undefined);
  try {
    await client.connect();
    // Whatever the server's default is: what is answered is on disk, at the synchronous standbys, too.
    await client.query(
      soon(
        `SELECT set_config('lock_timeout', '${lockTimeoutMs}', false),
                set_config('synchronous_commit',
                  CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false)`,
      ),
    );
    const timeline = await timelineOf(client);
    const { rows } = await client.query<{ state: string }>(
      soon("SELECT current_setting('transaction_read_only') AS state"),
    );
    if (rows[0]?.state === 'on') {
      throw new DatabaseAwayError(`${shown} is a read-only standby: name the server that takes writes, too`);
    }
    return { client, timeline };
  } catch (error) {
    void client.end().catch(() => undefined);
    if (error instanceof DatabaseAwayError) {
      throw error;
    }
    const text = `${shown}: ${(error as Error).message || (error as Error).name}`;
    throw hopelessCodes.test(sqlState(error)) ? new ConfigError(text) : new DatabaseAwayError(text);
  }
}

/** The name of a WAL file begins with its timeline, hexadecimal. */
const timelineDigits = 8;

/** How often a standby has become the primary; 0 where the server does not tell. */
async function timelineOf(client: Client): Promise<number> {
  try {
    const { rows } = await client.query<{ file: string }>(
      soon('SELECT pg_walfile_name(pg_current_wal_lsn()) AS file'),
    );
    return Number.parseInt(rows[0]?.file.slice(0, timelineDigits) ?? '', 16) || 0;
  } catch {
    return 0;
  }
}
