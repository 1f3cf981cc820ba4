// The description of the interface, and the page that shows the system live.
import { error, ifNoneMatch, plain, type Operation, type Parameter } from './operation.js';

const fileName: Parameter = {
  name: 'file',
  in: 'path',
  required: true,
  description: 'Name of the file',
  schema: { type: 'string' },
};

export const documentOperations: readonly Operation[] = [
  {
    ...plain,
    id: 'getOpenApi',
    path: '/openapi.json',
    tag: 'documents',
    summary: 'This document',
    gives: 'document',
    parameters: [ifNoneMatch],
    headers: ['ETag'],
    statuses: { 200: 'OpenAPI 3.1', 304: 'The client has this state' },
    examples: { documentUnchanged: { status: 304, send: { 'If-None-Match': '*' } } },
  },
  {
    ...plain,
    id: 'getDocs',
    path: '/docs',
    tag: 'documents',
    summary: 'This document, for people',
    gives: 'text/html',
    parameters: [ifNoneMatch],
    headers: ['ETag'],
    statuses: { 200: 'A page without scripts', 304: 'The client has this state' },
    examples: { pageUnchanged: { status: 304, send: { 'If-None-Match': '*' } } },
  },
];

export const pageOperations: readonly Operation[] = [
  {
    ...plain,
    id: 'getPage',
    path: '/',
    tag: 'page',
    summary: 'The page that shows the system live',
    gives: 'text/html',
    parameters: [ifNoneMatch],
    headers: ['ETag'],
    statuses: { 200: 'The page', 304: 'The client has this state' },
    examples: { livePageUnchanged: { status: 304, send: { 'If-None-Match': '*' } } },
  },
  {
    ...plain,
    id: 'getPageFile',
    path: '/dashboard/{file}',
    tag: 'page',
    summary: 'A script, style or picture of the page',
    gives: 'file',
    parameters: [fileName, ifNoneMatch],
    headers: ['ETag'],
    statuses: { 200: 'The file', 304: 'The client has this state', 404: 'The page has no such file' },
    examples: {
      fileUnchanged: { status: 304, send: { file: 'style.css', 'If-None-Match': '*' } },
      noSuchFile: {
        status: 404,
        send: { file: 'none.js' },
        answer: error(404, 'there is no such file'),
      },
    },
  },
  {
    ...plain,
    id: 'getEvents',
    path: '/events',
    tag: 'page',
    summary: 'What happens, as Server-Sent Events',
    description:
      'First `state`, everything that the page shows; then `update`, what has changed, up to four times a second. Made ' +
      'for the page: what is in them may change with it.',
    gives: 'text/event-stream',
    statuses: { 200: 'The stream', 503: 'Too many pages are open' },
    examples: {},
  },
];
