// The three cards, and the crown that moves to the leader's.
import type { LiveCluster, LiveReplica } from '../frontend/live/messages.js';
import { makeCard, type Card } from './card.js';
import { find, html, setText, svg } from './dom.js';
import { age, count, time } from './text.js';

/** A replica that is behind by this many orders fills its bar. */
const fullLag = 10_000;

interface ReplicaCard extends Card {
  readonly term: HTMLElement;
  readonly last: HTMLElement;
  readonly lag: HTMLElement;
  readonly bar: HTMLElement;
  readonly hash: HTMLElement;
  readonly up: HTMLElement;
}

function makeReplicaCard(id: number): ReplicaCard {
  const [term, last, lag, up] = [html('dd'), html('dd'), html('dd'), html('dd')];
  const hash = html('span', { class: 'hash code' });
  const bar = html('div');
  const rows = [
    ['Term', term],
    ['Last trade', last],
    ['Behind by', lag],
    ['Log hash', html('dd', {}, hash)],
    ['Up since', up],
  ] as const;
  const barFrame = html('div', { class: 'lag', 'aria-hidden': 'true' }, bar);
  return { ...makeCard(`replica-${id}`, `order-${id}`, rows, barFrame), term, last, lag, bar, hash, up };
}

function makeCrown(): SVGSVGElement {
  const shape = svg('path', { d: 'M4 25V9l7 6 5-10 5 10 7-6v16z', fill: 'currentColor' });
  return svg('svg', { class: 'crown', id: 'crown', viewBox: '0 0 32 32', 'aria-hidden': 'true' }, shape);
}

/** A small lag shall be seen, a large one shall fit. */
const barWidth = (lag: number): number => Math.min(1, Math.log10(lag + 1) / Math.log10(fullLag + 1));

export class Replicas {
  readonly #place = find('#replicas');
  readonly #announced = find('#leadership');
  readonly #cards = new Map<number, ReplicaCard>();
  readonly #crown = makeCrown();
  #cluster: LiveCluster | undefined;

  constructor() {
    this.#crown.style.opacity = '0';
    this.#place.append(this.#crown);
    new ResizeObserver(() => this.#moveCrown()).observe(this.#place);
  }

  show(cluster: LiveCluster, nowMs: number): void {
    this.#cluster = cluster;
    const leader = cluster.replicas.find(({ id }) => id === cluster.leaderId);
    for (const replica of cluster.replicas) {
      this.#fill(this.#card(replica.id), replica, leader, nowMs);
    }
    const text = leader
      ? `order-${leader.id} leads in term ${cluster.term}`
      : 'There is no leader at the moment';
    setText(this.#announced, text);
    this.#moveCrown();
  }

  /** What ages, ages while nothing else changes. */
  tick(nowMs: number): void {
    for (const replica of this.#cluster?.replicas ?? []) {
      this.#fillAge(this.#card(replica.id), replica, nowMs);
    }
  }

  #card(id: number): ReplicaCard {
    const known = this.#cards.get(id);
    if (known) {
      return known;
    }
    const card = makeReplicaCard(id);
    this.#cards.set(id, card);
    this.#place.append(card.element);
    return card;
  }

  #fill(card: ReplicaCard, replica: LiveReplica, leader: LiveReplica | undefined, nowMs: number): void {
    const isDown = replica.role === 'down';
    const isLeader = replica === leader;
    card.element.classList.toggle('leader', isLeader);
    card.element.classList.toggle('down', isDown);
    setText(card.role, isDown || replica.ready ? replica.role : `${replica.role}, cannot trade`);
    setText(card.term, isDown ? '–' : count(replica.term));
    setText(card.last, count(replica.lastNumber));
    setText(card.lag, this.#lagText(replica, leader));
    card.bar.style.width = `${barWidth(replica.lag) * 100}%`;
    card.bar.classList.toggle('behind', isDown || !replica.inSync);
    this.#fillHash(card, replica, leader);
    this.#fillAge(card, replica, nowMs);
  }

  #lagText({ lag, inSync, role }: LiveReplica, leader: LiveReplica | undefined): string {
    if (!leader) {
      return '–';
    }
    const text = lag === 0 && inSync ? 'nothing' : count(lag);
    return inSync || role === 'down' ? text : `${text}, catching up`;
  }

  /** Hashes of two logs can be compared only where both end with the same trade. */
  #fillHash({ hash }: ReplicaCard, replica: LiveReplica, leader: LiveReplica | undefined): void {
    const { checksum, lastNumber } = replica;
    const comparable = leader && checksum !== '' && replica !== leader && lastNumber === leader.lastNumber;
    const verdict = comparable ? (checksum === leader.checksum ? ' =' : ' ≠') : '';
    setText(hash, checksum === '' ? '–' : `${checksum}${verdict}`);
    hash.title = 'Checksum of the whole log up to its last trade; = the same as the leader’s';
    hash.style.setProperty('--hash', checksum === '' ? 'transparent' : `#${checksum.slice(0, 6)}`);
  }

  #fillAge({ up }: ReplicaCard, { upSinceMs }: LiveReplica, nowMs: number): void {
    setText(up, upSinceMs === 0 ? '–' : `${time(upSinceMs)}, ${age(nowMs - upSinceMs)}`);
  }

  #moveCrown(): void {
    const card = this.#cards.get(this.#cluster?.leaderId ?? 0)?.element;
    this.#crown.style.opacity = card ? '1' : '0';
    if (card) {
      const left = card.offsetLeft + card.offsetWidth - this.#crown.clientWidth - 14;
      this.#crown.style.transform = `translate(${left}px, ${card.offsetTop + 11}px)`;
      this.#crown.dataset.leader = String(this.#cluster?.leaderId);
    }
  }
}
