// What is read from elsewhere: from the load generator, from the kernel, from our own file of requests.
import { expect } from 'chai';
import { parseRequest, requestLine, type Request } from '../../bench/load.js';
import { memoryTogether, parseStat, parseStatus } from '../../bench/proc.js';
import { parseWrkOutput } from '../../bench/wrk.js';

describe("wrk's output", () => {
  const result =
    '{"requests":120,"seconds":1.5,"p50Ms":0.2,"p99Ms":1,"p999Ms":2,"badStatuses":3,"brokenConnections":1}';

  it('is read among its own words', () => {
    const output = `Running 1s test @ http://127.0.0.1:8080\n  1 threads and 8 connections\nresult ${result}\n`;
    expect(parseWrkOutput(output)).to.deep.equal(JSON.parse(result));
  });

  it('is nothing if wrk failed', () => {
    expect(parseWrkOutput('unable to connect to 127.0.0.1:1 Connection refused\n')).to.equal(undefined);
  });
});

describe('/proc', () => {
  it('tells processor time, whatever the process is called', () => {
    const rest = '0 -1 4194560 1 2 3 4 150 50 7 3 20 0 11 0 99 1000 200';
    expect(parseStat(`42 (a) b (c) S 1 42 42 ${rest}`)).to.deep.equal({
      ownUs: 2_000_000,
      endedChildrenUs: 100_000,
    });
  });

  it('tells memory', () => {
    const text =
      'Name:\tnode\nVmPeak:\t  900000 kB\nVmHWM:\t   200000 kB\nVmRSS:\t   100000 kB\nRssFile:\t    50000 kB\nThreads:\t11\n';
    expect(parseStatus(text)).to.deep.equal({ residentMb: 102.4, peakMb: 204.8, fileMb: 51.2 });
  });
});

describe('the memory of several processes', () => {
  it('counts their program once', () => {
    const first = { residentMb: 100, peakMb: 150, fileMb: 40 };
    const second = { residentMb: 80, peakMb: 150, fileMb: 50 };
    expect(memoryTogether([first, second])).to.equal(60 + 30 + 50);
    expect(memoryTogether([])).to.equal(0);
  });
});

describe('a request in a file', () => {
  const requests: Request[] = [
    { method: 'GET', path: '/stocks/GameStart' },
    { method: 'POST', path: '/orders', body: '{"name":"A B","quantity":1,"type":"buy"}' },
  ];

  it('is read as it was written', () => {
    expect(requests.map(requestLine).map(parseRequest)).to.deep.equal(requests);
  });
});
