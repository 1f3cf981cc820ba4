// Two charts over the last five minutes, drawn anew each second: a few hundred points need no library.
import type { Happening, Sample } from '../frontend/live/messages.js';
import { find, html, svg } from './dom.js';
import { routes } from './routes.js';
import { measured, time } from './text.js';

const spanMs = 5 * 60_000;
/** Without a sample for so long nobody was watching: the line is interrupted, ms. */
const gapMs = 3_500;
const height = 196;
/** How many happenings are listed. */
const listed = 8;
const edge = { left: 46, right: 12, top: 42, bottom: 22 };

interface Series {
  readonly style: string;
  /** Undefined: there was nothing to measure. */
  readonly value: (sample: Sample) => number | undefined;
}

type RouteFigure = 'perSecond' | 'p50Ms' | 'p95Ms';

const series = (figure: RouteFigure, dotted: boolean): Series[] =>
  routes.map(({ route, style }) => ({
    style: `series ${style}${dotted ? ' dotted' : ''}`,
    value: ({ routes: rates }) => rates.find((rate) => rate.route === route)?.[figure],
  }));

const charts = [
  { place: '#rate-chart', title: 'Requests per second', series: series('perSecond', false), least: 1 },
  {
    place: '#latency-chart',
    title: 'Latency in milliseconds',
    series: [...series('p50Ms', false), ...series('p95Ms', true)],
    least: 1,
  },
] as const;

/** The next of 1, 2, 5, 10, 20 … that is not below a value. */
function niceMax(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

interface Frame {
  readonly x: (ms: number) => number;
  readonly y: (value: number) => number;
}

/** The line of a series; it has a gap where there is no value. */
function path({ value }: Series, samples: readonly Sample[], { x, y }: Frame): string {
  let previousMs = -Infinity;
  return samples
    .flatMap((sample) => {
      const found = value(sample);
      if (found === undefined) {
        return [];
      }
      const pen = sample.atMs - previousMs > gapMs ? 'M' : 'L';
      previousMs = sample.atMs;
      const point = `${x(sample.atMs).toFixed(1)},${y(found).toFixed(1)}`;
      // A point without neighbours shall be seen, too.
      return [pen === 'M' ? `M${point}h0.01` : `L${point}`];
    })
    .join('');
}

function grid(max: number, width: number, { x, y }: Frame, endMs: number): Node[] {
  const rows = [0, max / 2, max].flatMap((value) => [
    svg('line', {
      class: 'axis',
      x1: String(edge.left),
      x2: String(width - edge.right),
      y1: String(y(value)),
      y2: String(y(value)),
    }),
    svg('text', { x: String(edge.left - 6), y: String(y(value) + 4), 'text-anchor': 'end' }, measured(value)),
  ]);
  const minutes = (width < 420 ? [4, 2, 0] : [5, 4, 3, 2, 1, 0]).map((minute) => {
    const anchor = minute === 0 ? 'end' : minute === 5 ? 'start' : 'middle';
    const at = { x: String(x(endMs - minute * 60_000)), y: String(height - 4), 'text-anchor': anchor };
    return svg('text', at, minute === 0 ? 'now' : `−${minute} min`);
  });
  return [...rows, ...minutes];
}

function marks(happenings: readonly Happening[], { x }: Frame, width: number): Node[] {
  // Labels stand in rows and are left out where they would cover each other; the list below has them all.
  const rowEnds = [-Infinity, -Infinity, -Infinity];
  return happenings.flatMap(({ atMs, kind, replicaId }) => {
    const at = x(atMs);
    const text = replicaId === 0 ? kind : `${kind} ${replicaId}`;
    const textWidth = text.length * 6.6;
    const left = Math.min(at + 3, width - edge.right - textWidth);
    const row = rowEnds.findIndex((end) => left > end + 4);
    const line = svg('line', {
      class: 'mark',
      x1: String(at),
      x2: String(at),
      y1: String(edge.top - 6),
      y2: String(height - edge.bottom),
    });
    if (row === -1) {
      return [line];
    }
    rowEnds[row] = left + textWidth;
    return [line, svg('text', { class: 'mark-text', x: String(left), y: String(10 + row * 13) }, text)];
  });
}

function drawChart(
  chart: (typeof charts)[number],
  samples: readonly Sample[],
  happenings: readonly Happening[],
  endMs: number,
): void {
  const place = find(chart.place);
  const width = Math.max(240, place.clientWidth);
  const values = samples.flatMap((sample) => chart.series.flatMap((each) => each.value(sample) ?? []));
  const max = niceMax(Math.max(chart.least, ...values));
  const frame: Frame = {
    x: (ms) => edge.left + (1 - (endMs - ms) / spanMs) * (width - edge.left - edge.right),
    y: (value) => height - edge.bottom - (value / max) * (height - edge.top - edge.bottom),
  };
  const lines = chart.series.map((each) => svg('path', { class: each.style, d: path(each, samples, frame) }));
  const drawing = svg(
    'svg',
    {
      class: 'chart',
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': `${chart.title}, ${label(chart.series, samples.at(-1))}`,
    },
    ...grid(max, width, frame, endMs),
    ...marks(happenings, frame, width),
    ...lines,
  );
  place.replaceChildren(drawing);
}

/** The newest values in words. */
function label(all: readonly Series[], sample: Sample | undefined): string {
  const parts = routes.map(({ title }, index) => {
    const value = sample && all[index]?.value(sample);
    return `${title} ${value === undefined ? 'none' : measured(value)}`;
  });
  return `now: ${parts.join(', ')}`;
}

const happened: Readonly<Record<Happening['kind'], string>> = {
  down: 'is down',
  up: 'is up',
  elected: 'was elected',
  'caught up': 'has caught up',
  'catalog down': 'catalog is down',
  'catalog up': 'catalog is up',
};

function listHappenings(happenings: readonly Happening[]): void {
  const rows = happenings
    .slice(-listed)
    .toReversed()
    .map(({ atMs, kind, replicaId }) => {
      const who = replicaId === 0 ? '' : `order-${replicaId} `;
      return html('li', {}, html('time', {}, time(atMs)), ` ${who}${happened[kind]}`);
    });
  find('#happenings').replaceChildren(...rows);
}

/** Samples and happenings of the last five minutes, and their drawing. */
export class Charts {
  #samples: readonly Sample[] = [];
  #happenings: readonly Happening[] = [];

  constructor() {
    const entries = routes.map(({ title, style }) => {
      const line = svg('path', { class: `series ${style}`, d: 'M0,6H32' });
      return html('li', {}, svg('svg', { viewBox: '0 0 32 12', 'aria-hidden': 'true' }, line), title);
    });
    find('#legend').append(...entries);
  }

  get samples(): readonly Sample[] {
    return this.#samples;
  }

  reset(samples: readonly Sample[], happenings: readonly Happening[]): void {
    this.#samples = samples;
    this.#happenings = happenings;
  }

  add(samples: readonly Sample[], happenings: readonly Happening[]): void {
    this.#samples = [...this.#samples, ...samples];
    this.#happenings = [...this.#happenings, ...happenings];
  }

  draw(nowMs: number): void {
    const isShown = ({ atMs }: { readonly atMs: number }) => atMs > nowMs - spanMs;
    this.#samples = this.#samples.filter(isShown);
    this.#happenings = this.#happenings.filter(isShown);
    charts.forEach((chart) => drawChart(chart, this.#samples, this.#happenings, nowMs));
    listHappenings(this.#happenings);
  }
}
