import { taggedAnswer, type ApiAnswer } from '../api-answer.js';
import { docsPage, docsPolicy } from '../openapi/docs-page.js';
import { openApiDocument } from '../openapi/document.js';
import { unchangingPage } from './unchanging-page.js';

/** `GET /openapi.json` */
export function getOpenApi(): () => ApiAnswer {
  const answer = taggedAnswer(JSON.stringify(openApiDocument()));
  return () => answer;
}

/** `GET /docs` */
export function getDocs() {
  const { title, description } = openApiDocument().info;
  return unchangingPage(docsPage(title, description), 'html', docsPolicy);
}
