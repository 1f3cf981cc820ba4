// The live page: takes what the frontend tells and hands it to the parts of the page.
import type { LiveState, LiveUpdate } from '../frontend/live/messages.js';
import { Charts } from './charts.js';
import { find, setText } from './dom.js';
import { Figures } from './figures.js';
import { connect } from './live.js';
import { OrderForm } from './order-form.js';
import { Replicas } from './replicas.js';
import { Services } from './services.js';
import { Stocks } from './stocks.js';
import { Tape } from './tape.js';
import { time } from './text.js';
import { Verdict } from './verdict.js';

/** How long the page says that it has recovered, ms. */
const noticeMs = 12_000;

const connection = find('#connection');
const notice = find('#notice');
const [replicas, figures, stocks, tape] = [new Replicas(), new Figures(), new Stocks(), new Tape()];
const [charts, form, services, verdict] = [new Charts(), new OrderForm(), new Services(), new Verdict()];

let instanceId: string | undefined;
let lostAtMs: number | undefined;
let noticeTimer: ReturnType<typeof setTimeout> | undefined;
/** The frontend's clock less ours: times are the frontend's. */
let clockOffsetMs = 0;

const now = (): number => Date.now() + clockOffsetMs;

function say(text: string, forMs?: number): void {
  clearTimeout(noticeTimer);
  notice.hidden = false;
  setText(notice, text);
  if (forMs !== undefined) {
    noticeTimer = setTimeout(() => (notice.hidden = true), forMs);
  }
}

function sayRecovered(state: LiveState): void {
  if (instanceId !== undefined && instanceId !== state.instanceId) {
    say(`The frontend was restarted. This page is up to date again since ${time(Date.now())}.`, noticeMs);
  } else if (lostAtMs !== undefined) {
    say(`Connected again after ${Math.ceil((Date.now() - lostAtMs) / 1_000)} s.`, noticeMs);
  }
  instanceId = state.instanceId;
  lostAtMs = undefined;
}

const connectionTexts = {
  connected: 'page connected',
  lost: 'no connection',
  paused: 'paused while hidden',
} as const;

function showConnection(state: keyof typeof connectionTexts): void {
  connection.className = `connection ${state}`;
  setText(connection, connectionTexts[state]);
}

function takeState(state: LiveState): void {
  clockOffsetMs = state.atMs - Date.now();
  sayRecovered(state);
  showConnection('connected');
  charts.reset(state.samples, state.happenings);
  stocks.reset(state.stocks);
  stocks.showCount(state.stockCount);
  form.offer(state.stocks);
  tape.reset(state.trades);
  verdict.show(state.unreadyReason);
  services.show(state, now());
  replicas.show(state.cluster, now());
  figures.showCluster(state.cluster);
  figures.showCache(state.cache);
  figures.showSamples(charts.samples);
  charts.draw(now());
}

function takeUpdate(update: LiveUpdate): void {
  const { cluster, cache, trades, sample, happenings = [] } = update;
  services.show(update, now());
  if (cluster) {
    replicas.show(cluster, now());
    figures.showCluster(cluster);
  }
  if (update.unreadyReason !== undefined) {
    verdict.show(update.unreadyReason);
  }
  if (cache) {
    figures.showCache(cache);
  }
  if (update.stocks) {
    stocks.update(update.stocks);
    form.offer(update.stocks);
  }
  if (update.stockCount !== undefined) {
    stocks.showCount(update.stockCount);
  }
  if (trades) {
    tape.add(trades);
  }
  charts.add(sample ? [sample] : [], happenings);
  if (sample) {
    figures.showSamples(charts.samples);
    charts.draw(now());
    replicas.tick(now());
  }
}

connect({
  state: takeState,
  update: takeUpdate,
  lost: () => {
    if (lostAtMs === undefined) {
      lostAtMs = Date.now();
      say('The connection to the frontend is lost. Trying again …');
    }
    showConnection('lost');
    verdict.lost();
    services.lost();
  },
  paused: () => {
    showConnection('paused');
    verdict.paused();
  },
});
