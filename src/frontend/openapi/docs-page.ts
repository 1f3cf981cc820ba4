// /docs: the operations as one page, without a script and without anything from elsewhere.
import { createHash } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Example, Operation } from './operation.js';
import { operations } from './operations.js';

const style = `
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code,pre{font:14px/1.5 ui-monospace,monospace}
pre{overflow:auto;padding:.5rem .75rem;border:1px solid #8886;border-radius:.25rem}
section{border-top:1px solid #8886;margin-top:2rem}
th,td{text-align:left;vertical-align:top;padding:.2rem 1rem .2rem 0}
summary{cursor:pointer}`;

/** What the page may do: show itself in its own style. */
export const docsPolicy =
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (sign) => entities[sign] as string);
}

function prose(text: string): string {
  return escape(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function row(cells: readonly string[], tag: 'th' | 'td'): string {
  return `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0
    ? ''
    : `<table>${row(head, 'th')}${rows.map((cells) => row(cells, 'td')).join('')}</table>`;
}

/** The example's request as one would write it. */
function requestText({ method, path, parameters }: Operation, { send = {}, body }: Example): string {
  const sent = (place: string) => parameters.filter(({ name, in: at }) => at === place && name in send);
  const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(send[name]));
  const query = sent('query').map(({ name }) => `${name}=${String(send[name])}`);
  const lines = [
    `${method.toUpperCase()} ${target}${query.length > 0 ? `?${query.join('&')}` : ''}`,
    ...sent('header').map(({ name }) => `${name}: ${String(send[name])}`),
  ];
  return [...lines, ...(body === undefined ? [] : ['', JSON.stringify(body)])].join('\n');
}

function exampleText(operation: Operation, example: Example): string {
  const { status, answer } = example;
  const body = typeof answer === 'string' ? answer : JSON.stringify(answer, undefined, 2);
  const answerText = `${status} ${STATUS_CODES[status] ?? ''}${body === undefined ? '' : `\n${body}`}`;
  return `<pre>${escape(requestText(operation, example))}\n\n${escape(answerText)}</pre>`;
}

function section(operation: Operation): string {
  const { id, method, path, summary, description = '', parameters, statuses, examples } = operation;
  const parameterRows = parameters.map((parameter) => [
    `<code>${escape(parameter.name)}</code>`,
    parameter.in,
    prose(parameter.description),
  ]);
  const statusRows = Object.entries(statuses).map(([status, text]) => [status, prose(text)]);
  const shown = Object.values(examples).map((example) => exampleText(operation, example));
  return `<section id="${id}"><h2><code>${method.toUpperCase()} ${escape(path)}</code></h2>
<p>${prose(`${summary}. ${description}`)}</p>
${table(['Parameter', 'in', ''], parameterRows)}
${table(['Status', ''], statusRows)}
<details><summary>Examples</summary>${shown.join('\n')}</details></section>`;
}

/** @param description of the interface as a whole */
export function docsPage(title: string, description: string): string {
  const links = operations.map(
    ({ id, method, path }) =>
      `<li><a href="#${id}"><code>${method.toUpperCase()} ${escape(path)}</code></a></li>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(title)}: REST</title><style>${style}</style></head>
<body><h1>${escape(title)}: REST</h1>
<p>${prose(description)}</p>
<p>For programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1), with the schemas.</p>
<ul>${links.join('')}</ul>
${operations.map(section).join('\n')}
</body></html>
`;
}
