// The results as pictures. Colours that the colour-blind can tell apart, and besides them names, shapes or places.
import * as echarts from 'echarts';
import { drawPanels, palette, type Line } from '../bench/panels.js';
import { histogram } from './histogram.js';
import {
  requestKinds,
  type Dot,
  type ExperimentName,
  type ExperimentResults,
  type FailoverResult,
  type HitRateRow,
  type LatencyRow,
  type RequestKind,
  type ThroughputRow,
  type TimelineResult,
} from './results.js';

const [blue, orange, green, red] = palette;
const size = { width: 1_040, height: 420 };
const legend = { top: 14, right: 40, itemWidth: 14, itemGap: 24 };

export const kindTitles: Readonly<Record<RequestKind, string>> = {
  lookup: 'lookup',
  trade: 'trade',
  orderQuery: 'order query',
};

function latencyPlot(rows: readonly LatencyRow[]): string {
  const probabilities = [...new Set(rows.map(({ probability }) => probability))];
  const panels = requestKinds.map((kind) => {
    const line = (name: string, colour: string, cached: boolean, figure: 'meanMs' | 'p95Ms'): Line => ({
      name,
      colour,
      values: probabilities.map((probability) => {
        const row = rows.find((each) => each.cached === cached && each.probability === probability);
        return row?.byKind[kind]?.[figure] ?? null;
      }),
    });
    const lines = [
      line('mean, cached', blue, true, 'meanMs'),
      line('p95, cached', green, true, 'p95Ms'),
      line('mean, no cache', orange, false, 'meanMs'),
      line('p95, no cache', red, false, 'p95Ms'),
    ];
    const title = `${kindTitles[kind]}, ms`;
    return { title, xName: 'probability of a trade', places: probabilities.map(String), lines };
  });
  return drawPanels('Latency by probability of a trade', panels, panels.length);
}

function hitRatePlot(rows: readonly HitRateRow[]): string {
  const sizes = [...new Set(rows.map(({ cacheSize }) => cacheSize))];
  const skews = [...new Set(rows.map(({ skew }) => skew))];
  const lines = skews.map((skew, index) => ({
    name: skew === 0 ? 'uniform' : `Zipf ${skew}`,
    colour: palette[index % palette.length] as string,
    values: sizes.map(
      (cacheSize) => rows.find((row) => row.cacheSize === cacheSize && row.skew === skew)?.hitRate ?? null,
    ),
  }));
  const panel = { title: 'share of lookups', xName: 'stocks in the cache', places: sizes.map(String), lines };
  return drawPanels('Cache hit rate', [panel], 1);
}

function throughputPlot(rows: readonly ThroughputRow[]): string {
  const places = rows.map(({ clients }) => String(clients));
  const panel = (title: string, colour: string, values: readonly number[]) => ({
    title,
    xName: 'clients',
    places,
    lines: [{ name: title, colour, values }],
  });
  const panels = [
    panel(
      'lookups/s',
      blue,
      rows.map(({ lookupsPerSecond }) => lookupsPerSecond),
    ),
    panel(
      'trades/s',
      red,
      rows.map(({ tradesPerSecond }) => tradesPerSecond),
    ),
  ];
  return drawPanels('Throughput by number of clients', panels, 2);
}

const dotStyles: readonly {
  readonly name: string;
  readonly colour: string;
  readonly symbol: string;
  readonly has: (dot: Dot) => boolean;
}[] = [
  { name: 'lookup', colour: blue, symbol: 'circle', has: ({ kind, failed }) => kind === 'lookup' && !failed },
  { name: 'order', colour: red, symbol: 'triangle', has: ({ kind, failed }) => kind === 'order' && !failed },
  {
    name: 'order query',
    colour: green,
    symbol: 'rect',
    has: ({ kind, failed }) => kind === 'query' && !failed,
  },
  { name: 'without an answer', colour: '#000000', symbol: 'diamond', has: ({ failed }) => failed },
];

/** The picture of an option, as SVG text. */
function draw(option: echarts.EChartsCoreOption): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size });
  const plain = { animation: false, backgroundColor: '#ffffff', textStyle: { fontFamily: 'sans-serif' } };
  chart.setOption({ ...plain, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function timelinePlot({ dots, marks }: TimelineResult): string {
  const fastest = Math.min(...dots.map(({ latencyMs }) => latencyMs));
  return draw({
    title: { text: 'Each request while the leader is killed and comes back', left: 16, top: 10 },
    legend,
    grid: { left: 70, right: 40, top: 110, bottom: 60 },
    xAxis: {
      type: 'value',
      min: 0,
      max: 'dataMax',
      name: 'sent at, s',
      axisLabel: { showMaxLabel: false },
      nameLocation: 'middle',
      nameGap: 30,
    },
    yAxis: { type: 'log', name: 'ms', min: 10 ** Math.floor(Math.log10(fastest)) },
    series: dotStyles.map(({ name, colour, symbol, has }, index) => ({
      type: 'scatter',
      name,
      symbol,
      symbolSize: 5,
      silent: true,
      itemStyle: { color: colour, opacity: 0.65 },
      data: dots.filter(has).map(({ atS, latencyMs }) => [atS, latencyMs]),
      ...(index === 0 && {
        markLine: {
          silent: true,
          symbol: 'none',
          lineStyle: { color: '#333333', type: 'dashed' },
          data: marks.map((mark, place) => ({
            xAxis: mark.atS,
            // Marks may stand close together: their names do not stand on each other.
            label: { formatter: mark.name, distance: [0, 4 + 14 * (place % 2)] },
          })),
        },
      }),
    })),
  });
}

/** Width of a bar of the histogram, ms. */
const binMs = 25;

function failoverPlot({ killsMs, pausesMs }: FailoverResult): string {
  const all = histogram([...killsMs, ...pausesMs], binMs);
  const series = (name: string, colour: string, pattern: string, timesMs: readonly number[]) => ({
    type: 'bar',
    name,
    stack: 'all',
    barCategoryGap: '10%',
    itemStyle: { color: colour, decal: { symbol: pattern, dashArrayX: [1, 0], dashArrayY: [2, 4] } },
    data: all.map(({ fromMs }) => timesMs.filter((ms) => Math.floor(ms / binMs) * binMs === fromMs).length),
  });
  return draw({
    title: { text: 'Longest time without an answer to any order', left: 16, top: 10 },
    legend,
    grid: { left: 70, right: 40, top: 100, bottom: 60 },
    xAxis: {
      type: 'category',
      name: 'ms',
      nameLocation: 'middle',
      nameGap: 30,
      data: all.map(({ fromMs }) => `${fromMs}–${fromMs + binMs}`),
    },
    yAxis: { type: 'value', name: 'times', minInterval: 1 },
    series: [
      series('leader killed', red ?? '', 'none', killsMs),
      series('leader paused', blue ?? '', 'rect', pausesMs),
    ],
  });
}

export const plots: { readonly [Name in ExperimentName]: (result: ExperimentResults[Name]) => string } = {
  latency: latencyPlot,
  'hit-rate': hitRatePlot,
  throughput: throughputPlot,
  timeline: timelinePlot,
  failover: failoverPlot,
};
