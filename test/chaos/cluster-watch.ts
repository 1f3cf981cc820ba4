import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterBody } from '../support/system.js';
import { HttpClient } from '../support/http.js';

const intervalMs = 100;
const timeoutMs = 1_000;

/** Asks the frontend again and again who leads. */
export class ClusterWatch {
  readonly #client: HttpClient;
  readonly #run: Promise<void>;
  #last: ClusterBody | undefined;
  #stopped = false;

  constructor(url: string) {
    this.#client = new HttpClient(url, 1, timeoutMs);
    this.#run = this.#watch();
  }

  /** The last leader that was heard of, 0 before the first. */
  get leaderId(): number {
    return this.#last?.leader_id ?? 0;
  }

  /** Asks now. @throws Error nobody answers */
  async ask(): Promise<ClusterBody> {
    const { status, json, text } = await this.#client.send({ path: '/cluster' });
    if (status !== 200) {
      throw new Error(`/cluster said ${status} ${text}`);
    }
    const { data } = json as { data: ClusterBody };
    // During an election there is none; whom a fault shall hit is the last one then.
    this.#last = data.leader_id === 0 && this.#last ? { ...data, leader_id: this.#last.leader_id } : data;
    return data;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#run;
    this.#client.close();
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      await this.ask().catch(() => undefined);
      await sleep(intervalMs);
    }
  }
}
