// A primary and its synchronous standby, which can change places. They keep their ports, so that one URL names both.
import { eventually } from './eventually.js';
import { PostgresServer } from './postgres-server.js';

/** What a ledger's database holds, in one line. */
const contents = `
  SELECT concat_ws(' ', records, last_number, last_checksum, term,
    (SELECT md5(string_agg(trades::text, ';' ORDER BY number)) FROM trades),
    (SELECT md5(string_agg(refusals::text, ';' ORDER BY record)) FROM refusals),
    (SELECT md5(string_agg(stocks::text, ';' ORDER BY name)) FROM stocks)) AS line
  FROM ledger`;

export class PostgresPair {
  /** In the order of their ports in the URL. */
  readonly servers: readonly [PostgresServer, PostgresServer];
  #primaryIndex: 0 | 1 = 0;

  private constructor(primary: PostgresServer, standby: PostgresServer) {
    this.servers = [primary, standby];
  }

  static async start(): Promise<PostgresPair> {
    // A catalog that waits for an answer no longer leaves its connection to a server that does not notice for a while.
    const primary = await PostgresServer.start({ settings: { max_connections: '200' } });
    return new PostgresPair(primary, await primary.synchronousStandby());
  }

  /** Which of the two is the primary. */
  get primaryIndex(): 0 | 1 {
    return this.#primaryIndex;
  }

  get primary(): PostgresServer {
    return this.servers[this.#primaryIndex];
  }

  get standby(): PostgresServer {
    return this.servers[this.#primaryIndex === 0 ? 1 : 0];
  }

  /**
   * The standby becomes the primary, and the old primary, which has ended, its standby: made anew from it, as what it
   * holds may be more than what was ever answered.
   * @returns when commits wait for the new standby; until then one disk alone holds them
   */
  async failOver(): Promise<void> {
    const { primary, standby } = this;
    await standby.promote();
    this.#primaryIndex = this.#primaryIndex === 0 ? 1 : 0;
    await primary.follow(standby);
  }

  /** Waits until both hold the same, now that nobody writes. @throws Error they do not */
  async areEqual(): Promise<void> {
    await eventually(async () => {
      const [one, other] = await Promise.all(
        this.servers.map((server) => server.query<{ line: string }>(contents)),
      );
      const lines = [one?.[0]?.line, other?.[0]?.line];
      if (lines[0] !== lines[1]) {
        throw new Error(`the primary and its standby differ: ${lines.join(' and ')}`);
      }
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
  }
}
