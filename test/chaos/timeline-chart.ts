// A run as one picture: how many answers came, how late, what was broken meanwhile, and who led.
import * as echarts from 'echarts';
import { serviceNames } from '../support/system.js';
import type { Election } from './elections.js';
import type { FaultRecord } from './faults.js';
import type { Served } from './client.js';
import type { Action } from './plan.js';
import { barSeries, type Bar } from './timeline-bars.js';
import { fastestMs, fillBins, type Bins, type Point } from './timeline-bins.js';

export interface TimelineData {
  readonly title: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly served: readonly Served[];
  readonly faults: readonly FaultRecord[];
  readonly elections: readonly Election[];
}

const pixelsPerSecond = 6;
const narrowest = 1_400;
const widest = 4_000;
const height = 900;
const left = 90;
const right = 30;
/** A panel's legend stands so far above it, px. */
const legendAbove = 26;

// Okabe and Ito's colours: told apart by colour-blind people too.
const replicaIds = [1, 2, 3] as const;
const leaderColours: Readonly<Record<(typeof replicaIds)[number], string>> = {
  1: '#e69f00',
  2: '#0072b2',
  3: '#009e73',
};
const actionColours: Readonly<Record<Action, string>> = {
  kill: '#d55e00',
  crash: '#000000',
  pause: '#0072b2',
  unplug: '#666666',
  'full disk': '#e69f00',
  cut: '#cc79a7',
  slow: '#56b4e9',
  disconnect: '#009e73',
  'fail over': '#f0e442',
};
const ordersName = 'orders';
const readsName = 'lookups and order queries';
const medianName = 'median';
const worstName = 'slowest';
const orderColour = '#0072b2';
const shadeColour = 'rgba(213, 94, 0, 0.10)';
const readColour = '#b0b0b0';
const medianColour = '#56b4e9';
const worstColour = '#d55e00';

/** Where the parts of the picture stand, from the top, px. */
const panels = {
  answers: { top: 80, height: 230 },
  latency: { top: 360, height: 190 },
  faults: { top: 600, height: 170 },
  leaders: { top: 800, height: 40 },
};

/** The picture as SVG text. */
export function drawTimeline(data: TimelineData): string {
  const seconds = (data.endMs - data.startMs) / 1_000;
  const width = Math.round(Math.min(widest, Math.max(narrowest, left + right + seconds * pixelsPerSecond)));
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: 'sans-serif' },
    title: { text: data.title, left, top: 8, textStyle: { fontSize: 16 } },
    legend: legends(data),
    grid: Object.values(panels).map((panel) => ({ left, right, ...panel })),
    xAxis: Object.keys(panels).map((_, index) => xAxis(index, seconds)),
    yAxis: [
      yAxis(0, 'answers/s in 100 ms'),
      { ...yAxis(1, 'order latency, ms'), type: 'log' as const, min: fastestMs },
      rowAxis(2, 'faults', rowsOf(data)),
      rowAxis(3, 'leader', ['term']),
    ],
    series: [
      ...lines(fillBins(data.served, data.startMs, data.endMs), shades(data)),
      ...faultBars(data),
      ...leaderBars(data),
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function xAxis(index: number, seconds: number) {
  const isLast = index === Object.keys(panels).length - 1;
  return {
    gridIndex: index,
    type: 'value' as const,
    min: 0,
    max: Math.ceil(seconds),
    name: isLast ? 'seconds since the start' : '',
    nameLocation: 'middle' as const,
    nameGap: 28,
    axisLabel: { show: isLast },
    splitNumber: Math.min(60, Math.max(10, Math.round(seconds / 10))),
    splitLine: { lineStyle: { color: '#eeeeee' } },
  };
}

function yAxis(index: number, name: string) {
  return {
    gridIndex: index,
    type: 'value' as const,
    name,
    nameTextStyle: { align: 'left' as const },
    splitLine: { lineStyle: { color: '#eeeeee' } },
  };
}

function rowAxis(index: number, name: string, rows: readonly string[]) {
  return {
    gridIndex: index,
    type: 'category' as const,
    name,
    nameTextStyle: { align: 'left' as const },
    nameLocation: 'start' as const,
    nameGap: 15,
    inverse: true,
    data: [...rows],
    splitLine: { show: true, lineStyle: { color: '#eeeeee' } },
  };
}

function lines({ orders, reads, medianMs, worstMs }: Bins, faultSpans: ReturnType<typeof shades>) {
  const line = (name: string, panel: number, colour: string, data: Point[]) => ({
    name,
    type: 'line' as const,
    xAxisIndex: panel,
    yAxisIndex: panel,
    showSymbol: false,
    lineStyle: { width: 1 },
    color: colour,
    data,
  });
  const markArea = { silent: true, itemStyle: { color: shadeColour }, data: faultSpans };
  return [
    line(readsName, 0, readColour, reads),
    { ...line(ordersName, 0, orderColour, orders), areaStyle: { opacity: 0.25 }, markArea },
    line(medianName, 1, medianColour, medianMs),
    { ...line(worstName, 1, worstColour, worstMs), markArea },
  ];
}

/** The times of all faults, to be shaded where answers and latencies are shown. */
function shades({ faults, startMs }: TimelineData): [{ xAxis: number }, { xAxis: number }][] {
  return faults.map(({ fromMs, untilMs }) => [
    { xAxis: (fromMs - startMs) / 1_000 },
    { xAxis: (untilMs - startMs) / 1_000 },
  ]);
}

/** The five services, and whatever else was hit. */
const rowsOf = ({ faults }: Pick<TimelineData, 'faults'>): string[] => [
  ...new Set<string>([...serviceNames, ...faults.flatMap(({ services }) => services).sort()]),
];

function faultBars({ faults, startMs }: TimelineData) {
  const rows = rowsOf({ faults });
  const actions = [...new Set(faults.map(({ action }) => action))];
  return actions.map((action) => {
    const bars = faults
      .filter((fault) => fault.action === action)
      .flatMap(({ services, fromMs, untilMs }) =>
        services.map((name) => ({
          row: rows.indexOf(name),
          fromS: (fromMs - startMs) / 1_000,
          toS: (untilMs - startMs) / 1_000,
        })),
      );
    return barSeries(action, actionColours[action], 2, bars);
  });
}

const leaderSeries = (id: number): string => `order-${id} leads in term …`;

function leaderBars({ elections, startMs, endMs }: TimelineData) {
  return replicaIds.map((id) => {
    const bars = elections.flatMap(({ leaderId, atMs, term }, index): Bar[] => {
      const toMs = elections[index + 1]?.atMs ?? endMs;
      const span = { fromS: Math.max(0, atMs - startMs) / 1_000, toS: (toMs - startMs) / 1_000 };
      return leaderId === id ? [{ row: 0, ...span, label: String(term) }] : [];
    });
    return barSeries(leaderSeries(id), leaderColours[id], 3, bars);
  });
}

/** One for each panel, above it, beside the name of its axis. */
function legends({ faults }: TimelineData) {
  const names = [
    [ordersName, readsName],
    [medianName, worstName],
    [...new Set(faults.map(({ action }) => action))],
    replicaIds.map(leaderSeries),
  ];
  return Object.values(panels).map((panel, index) => ({
    data: names[index] ?? [],
    top: panel.top - legendAbove,
    left: left + 130,
    itemHeight: 10,
    itemGap: 24,
  }));
}
