// A real Prometheus, as Debian and others ship it, for tests of what is in observability/.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { freePorts } from './system.js';

function isInstalled(): boolean {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
    execFileSync('prometheus', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** To be called in a suite: skips it where there is no Prometheus, and says so; fails if REQUIRE_PROMETHEUS=1. */
export function needsPrometheus(): void {
  before('is there a Prometheus?', function () {
    if (isInstalled()) {
      return;
    }
    if (process.env.REQUIRE_PROMETHEUS === '1') {
      throw new Error('REQUIRE_PROMETHEUS=1, but there is no Prometheus: install it, with promtool');
    }
    console.log('    Skipped, because there is no Prometheus: install it, with promtool');
    this.skip();
  });
}

interface Reply<Data> {
  readonly status: string;
  readonly error?: string;
  readonly data: Data;
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export class PrometheusServer {
  readonly #directory: string;
  readonly #url: string;
  readonly #child: ChildProcess;
  #said = '';

  private constructor(directory: string, url: string, child: ChildProcess) {
    this.#directory = directory;
    this.#url = url;
    this.#child = child;
    child.stderr?.on('data', (text: Buffer) => (this.#said += text.toString()));
  }

  /** @param config text of its configuration file */
  static async start(config: string): Promise<PrometheusServer> {
    const directory = await mkdtemp(join(tmpdir(), 'stock-prometheus-'));
    const file = join(directory, 'prometheus.yml');
    await writeFile(file, config);
    const [port] = await freePorts(1);
    const options = [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const child = spawn('prometheus', options, { stdio: ['ignore', 'ignore', 'pipe'] });
    const server = new PrometheusServer(directory, `http://127.0.0.1:${port}`, child);
    await eventually(async () => {
      if (!(await fetch(`${server.#url}/-/ready`)).ok) {
        throw new Error(`Prometheus is not ready: ${server.#said}`);
      }
    }, 30_000);
    return server;
  }

  /** The series that an expression gives now. */
  async query(expression: string): Promise<readonly Series[]> {
    const data = await this.#get<{ result: readonly Series[] }>('query', { query: expression });
    return data.result;
  }

  /** Its alerting rules, as it has understood them. */
  async rules(): Promise<readonly { name: string; query: string; health: string; state: string }[]> {
    interface Group {
      readonly rules: readonly { name: string; query: string; health: string; state: string }[];
    }
    const data = await this.#get<{ groups: readonly Group[] }>('rules', {});
    return data.groups.flatMap(({ rules }) => rules);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'exit');
    }
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #get<Data>(path: string, parameters: Readonly<Record<string, string>>): Promise<Data> {
    const query = new URLSearchParams(parameters).toString();
    const reply = (await (await fetch(`${this.#url}/api/v1/${path}?${query}`)).json()) as Reply<Data>;
    if (reply.status !== 'success') {
      throw new Error(`${path} ${query}: ${reply.error}`);
    }
    return reply.data;
  }
}
