// node with-postgres.js <command> [arguments]: runs a command whose systems keep their ledgers in PostgreSQL, each in a
// database of its own on one server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PostgresServer } from './postgres-server.js';

const [command = '', ...args] = process.argv.slice(2);
const server = await PostgresServer.start({ settings: { max_connections: '200' } });
const child = spawn(command, args, {
  stdio: 'inherit',
  env: { ...process.env, TEST_LEDGER_URL: server.url },
});
const [status] = (await once(child, 'exit')) as [number | null];
await server.close();
process.exit(status ?? 1);
