// The processes that a speed measurement needs: started on free ports, and none left behind.
import { fork, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readyTimeoutMs = 30_000;
const stopTimeoutMs = 5_000;

/** What is wrong, for the person who started this; shown without a stack. */
export class SpeedError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The processes that were started and that still run. */
const children = new Set();
let isStopping = false;

/** To be called for every process that is started, at once: only these are ended. */
export function track(child) {
  if (isStopping) {
    child.kill('SIGKILL');
    throw new SpeedError('Interrupted.');
  }
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Ends all of them: by request, then by force. None can be started afterwards. */
export async function stopAll() {
  isStopping = true;
  const ends = [...children].map((child) => new Promise((resolve) => child.once('exit', resolve)));
  children.forEach((child) => child.kill('SIGTERM'));
  await Promise.race([Promise.all(ends), sleep(stopTimeoutMs, undefined, { ref: false })]);
  children.forEach((child) => child.kill('SIGKILL'));
  await Promise.all(ends);
}

/** Starts a bare server; resolves with its URL. */
export async function startReference(kind) {
  const child = track(fork(join(root, 'scripts/speed/reference_server.mjs'), [kind]));
  return new Promise((resolve, reject) => {
    child.once('message', ({ port }) => resolve(`http://127.0.0.1:${port}`));
    child.once('exit', () => reject(new SpeedError(`The reference server for ${kind} did not start.`)));
  });
}

/** Starts the five processes; resolves when the frontend is ready. */
export async function startSystem(dataDirectory) {
  const ports = await findFreePorts([
    'FRONTEND_PORT',
    'FRONTEND_INTERNAL_PORT',
    'CATALOG_PORT',
    'ORDER_1_PORT',
    'ORDER_2_PORT',
    'ORDER_3_PORT',
  ]);
  const environment = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    BIND_HOST: '127.0.0.1',
    DATA_DIR: dataDirectory,
    LOG_LEVEL: 'warn',
    LOG_FORMAT: 'json',
    ...ports,
  };
  const services = [
    startService('catalog', environment),
    ...['1', '2', '3'].map((id) => startService('order', { ...environment, REPLICA_ID: id })),
    startService('frontend', environment),
  ];
  const url = `http://127.0.0.1:${ports.FRONTEND_PORT}`;
  await waitUntilReady(url, services);
  return { url, services };
}

/** Keeps the end of what the process writes, for the case that it fails. */
function startService(name, environment) {
  const child = track(
    spawn(process.execPath, [join(root, 'dist/src', name, 'main.js')], {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  const service = { name, child, output: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => (service.output = (service.output + chunk).slice(-4_000)));
  }
  return service;
}

async function waitUntilReady(url, services) {
  const deadlineMs = performance.now() + readyTimeoutMs;
  while (performance.now() < deadlineMs) {
    failIfEnded(services);
    const response = await fetch(`${url}/readyz`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 200) {
      return;
    }
    await sleep(100);
  }
  const output = services.map((service) => service.output).join('');
  throw new SpeedError(`The system was not ready after ${readyTimeoutMs / 1_000} s.\n${output}`);
}

/** Without one of its processes the system is not the one to be measured, even if it goes on. */
export function failIfEnded(services) {
  const ended = services.find(({ child }) => child.exitCode !== null || child.signalCode !== null);
  if (ended) {
    throw new SpeedError(
      `The ${ended.name} ended (${ended.child.exitCode ?? ended.child.signalCode}).\n${ended.output}`,
    );
  }
}

/** Ports that are free now, one for each name. All are held until the last is found, so that they differ. */
async function findFreePorts(names) {
  const servers = names.map(() => createServer());
  const ports = {};
  for (const [index, server] of servers.entries()) {
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    ports[names[index]] = String(server.address().port);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

// The last resort, for an error nobody expected.
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));
