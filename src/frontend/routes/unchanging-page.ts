import type { RouterContext } from '@koa/router';
import { entityTag, keep } from '../api-answer.js';

/**
 * A document for browsers that is the same as long as the process runs; who has it already is told so.
 * @param type as Koa takes it, like `html`
 * @param policy its Content-Security-Policy
 */
export function unchangingPage(body: string, type: string, policy: string) {
  const headers = {
    ...keep.revalidated,
    ETag: entityTag(body),
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  };
  return (ctx: RouterContext): void => {
    ctx.set(headers);
    ctx.status = 200;
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
    ctx.type = type;
    ctx.body = body;
  };
}
