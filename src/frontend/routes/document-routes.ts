import type { RouterContext } from '@koa/router';
import { entityTag, keep, taggedAnswer, type ApiAnswer } from '../api-answer.js';
import { docsPage, docsPolicy } from '../docs-page.js';
import { openApiDocument } from '../openapi.js';

/** `GET /openapi.json` */
export function getOpenApi(): () => ApiAnswer {
  const answer = taggedAnswer(JSON.stringify(openApiDocument()));
  return () => answer;
}

/** `GET /docs` */
export function getDocs() {
  const { title, description } = openApiDocument().info;
  const page = docsPage(title, description);
  const headers = {
    ...keep.revalidated,
    ETag: entityTag(page),
    'Content-Security-Policy': docsPolicy,
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
    ctx.type = 'html';
    ctx.body = page;
  };
}
