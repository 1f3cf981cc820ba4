// The bare servers that the system is compared with: the least that a Node process can do for a request. Each runs in
// a process of its own, with the argument `get` or `post`, and tells its parent the port.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const stock = { data: { name: 'GameStart', price: 15.99, quantity: 100 } };

function answerJson(response: ServerResponse, content: unknown): void {
  const body = JSON.stringify(content);
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

function answerFixed(_: IncomingMessage, response: ServerResponse): void {
  answerJson(response, stock);
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => answerJson(response, { data: JSON.parse(Buffer.concat(chunks).toString()) }));
}

const server = createServer(process.argv[2] === 'post' ? echo : answerFixed);
server.listen(0, '127.0.0.1', 1_024, () => process.send?.({ port: (server.address() as AddressInfo).port }));
// The parent is gone, however it ended: nobody needs this server any more.
process.on('disconnect', () => process.exit());
