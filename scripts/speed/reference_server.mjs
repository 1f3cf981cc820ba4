// The bare servers that `npm run speed` compares with: the least that a Node process can do for a request. Each runs
// in a process of its own, `node reference_server.mjs lookup` or `… orders`, and tells its parent the port.
import { createServer } from 'node:http';

const stock = { data: { name: 'GameStart', price: 15.99, quantity: 100 } };

function answerJson(response, status, content) {
  const body = JSON.stringify(content);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

function answerLookup(request, response) {
  answerJson(response, 200, stock);
}

function echoOrder(request, response) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => answerJson(response, 200, { data: JSON.parse(Buffer.concat(chunks).toString()) }));
}

const server = createServer(process.argv[2] === 'orders' ? echoOrder : answerLookup);
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
// The parent is gone, however it ended: nobody needs this server any more.
process.on('disconnect', () => process.exit());
