// The page at `/`: its files, made from src/dashboard, and the stream of what happens.
import { readFileSync } from 'node:fs';
import type { RouterContext } from '@koa/router';
import { code } from '../../shared/answer-codes.js';
import { keep } from '../api-answer.js';
import { ApiError } from '../api-error.js';
import type { EventStreams } from '../live/event-streams.js';
import { unchangingPage } from './unchanging-page.js';

const directory = new URL('../../dashboard/', import.meta.url);

const modules = [
  'main',
  'dom',
  'live',
  'event-stream',
  'shared-stream',
  'card',
  'replicas',
  'services',
  'verdict',
  'stocks',
  'tape',
  'routes',
  'charts',
  'figures',
  'order-form',
  'order-key',
  'post-order',
  'text',
];

/** All that there is; nothing else can be asked for. */
const files: Readonly<Record<string, string>> = {
  'index.html': 'html',
  'style.css': 'css',
  'icon.svg': 'svg',
  ...Object.fromEntries(modules.map((module) => [`${module}.js`, 'js'])),
};

/** The page loads what is its own, talks to its own origin, and is shown in no frame. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function sendFile(file: string) {
  const body = readFileSync(new URL(file, directory), 'utf8');
  return unchangingPage(body, files[file] as string, policy);
}

/** `GET /` */
export function getPage() {
  return sendFile('index.html');
}

/** `GET /dashboard/:file` */
export function getPageFile() {
  const senders = new Map(Object.keys(files).map((file) => [file, sendFile(file)]));
  return (ctx: RouterContext): void => {
    const send = senders.get(ctx.params.file ?? '');
    if (!send) {
      throw new ApiError(code.notFound, 'there is no such file');
    }
    send(ctx);
  };
}

/** `GET /events`: Server-Sent Events, `state` once and then `update`; live/messages.ts says what is in them. */
export function getEvents(streams: EventStreams) {
  return (ctx: RouterContext): void => {
    ctx.set({ 'Content-Type': 'text/event-stream', ...keep.never });
    ctx.status = 200;
    if (ctx.method === 'HEAD') {
      ctx.body = '';
      return;
    }
    // From here on the answer is not the framework's any more. Koa would end it, and proxies would hold it back.
    ctx.set('X-Accel-Buffering', 'no');
    if (!streams.open(ctx.res)) {
      ctx.remove('X-Accel-Buffering');
      throw new ApiError(code.unavailable, 'too many pages are open');
    }
    ctx.respond = false;
  };
}
