// A worker that all open pages of this origin share, and with it one stream of events. A browser opens six connections
// to a server that speaks HTTP/1.1, for all its windows together: were each to hold one for its stream, the seventh
// could not even place an order.
import { EventStream, type Heard } from './event-stream.js';

/** The pages that want to hear. */
const pages = new Set<MessagePort>();
/** Those of them that have not heard the state yet. */
const joining = new Set<MessagePort>();
let current: EventStream | undefined;
/** A stream whose `state` is still to come. */
let next: EventStream | undefined;

function tell(heard: Heard): void {
  pages.forEach((page) => page.postMessage(heard));
}

/**
 * A page that joins needs the state, which only a new stream begins with. The old one stays until then, so that the
 * frontend goes on collecting what it shows; pages that join meanwhile get the same state.
 */
function renew(): void {
  const stream: EventStream = new EventStream((heard) => {
    if (stream === next && heard.event === 'state') {
      current?.close();
      [current, next] = [next, undefined];
      joining.clear();
    }
    // While there are two, the old one speaks for both.
    if (stream === current || !current) {
      tell(heard);
    } else if (heard.event === 'lost') {
      joining.forEach((page) => page.postMessage(heard));
    }
  });
  next = stream;
}

function join(page: MessagePort): void {
  pages.add(page);
  joining.add(page);
  if (!next) {
    renew();
  }
}

function leave(page: MessagePort): void {
  pages.delete(page);
  joining.delete(page);
  if (pages.size === 0) {
    [current, next].forEach((stream) => stream?.close());
    [current, next] = [undefined, undefined];
  }
}

addEventListener('connect', (event) => {
  const [page] = (event as MessageEvent).ports;
  page?.addEventListener('message', ({ data }) => (data === 'join' ? join(page) : leave(page)));
  // Of a page that crashed: it could not take its leave.
  page?.addEventListener('close', () => leave(page));
  page?.start();
});
