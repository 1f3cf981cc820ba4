import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { EventStreams } from '../../../../src/frontend/live/event-streams.js';
import type { LiveState, LiveUpdate } from '../../../../src/frontend/live/messages.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

/** The answer to a page. */
class Page extends EventEmitter {
  writableLength = 0;
  readonly texts: string[] = [];

  write(text: string): void {
    this.texts.push(text);
  }

  end(): void {
    this.emit('close');
  }

  destroy(): void {
    this.emit('close');
  }
}

describe('event streams', () => {
  let clock: VirtualClock;
  let updates: LiveUpdate[];
  let steps: number;
  let resumed: number;
  let streams: EventStreams;

  const open = (): Page => {
    const page = new Page();
    expect(streams.open(page as unknown as ServerResponse)).to.equal(true);
    return page;
  };

  beforeEach(() => {
    clock = new VirtualClock();
    updates = [];
    steps = 0;
    resumed = 0;
    const view = {
      state: { instanceId: 'f1' } as LiveState,
      step: () => {
        steps += 1;
        return updates.shift();
      },
      resume: () => {
        resumed += 1;
      },
    };
    streams = new EventStreams({ view, clock, maxStreams: 2 });
  });

  it('send the state at once, and then what changes, to all pages', async () => {
    const [first, second] = [open(), open()];
    expect(first.texts).to.deep.equal(['retry: 1000\nevent: state\ndata: {"instanceId":"f1"}\n\n']);
    updates = [{ atMs: 5 }];
    await clock.advance(300);
    for (const page of [first, second]) {
      expect(page.texts.slice(1)).to.deep.equal(['event: update\ndata: {"atMs":5}\n\n']);
    }
  });

  it('say that they live while nothing changes', async () => {
    const page = open();
    await clock.advance(5_000);
    expect(page.texts.slice(1).every((text) => text === ':\n\n')).to.equal(true);
    expect(page.texts.length).to.be.within(3, 4);
  });

  it('do no work before the first page, nor after the last one', async () => {
    await clock.advance(5_000);
    expect(steps).to.equal(0);
    const pages = [open(), open()];
    await clock.advance(1_000);
    pages.forEach((page) => page.end());
    const before = steps;
    expect(before).to.be.greaterThan(3);
    await clock.advance(5_000);
    expect(steps).to.equal(before);
    open();
    expect([steps > before, resumed, streams.size]).to.deep.equal([true, 2, 1]);
  });

  it('are bounded in number', () => {
    const page = open();
    open();
    const third = new Page();
    expect(streams.open(third as unknown as ServerResponse)).to.equal(false);
    expect(third.texts).to.deep.equal([]);
    page.end();
    open();
  });

  it('cut off a page that does not read', async () => {
    const [slow, quick] = [open(), open()];
    slow.writableLength = 1e6;
    updates = [{ atMs: 5 }];
    await clock.advance(300);
    expect([slow.texts.length, quick.texts.length, streams.size]).to.deep.equal([1, 2, 1]);
  });

  it('all end at a stop, and there are no new ones', () => {
    open();
    open();
    streams.close();
    expect(streams.size).to.equal(0);
    expect(streams.open(new Page() as unknown as ServerResponse)).to.equal(false);
  });
});
