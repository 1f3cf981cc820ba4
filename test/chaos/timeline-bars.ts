import type * as echarts from 'echarts';

/** A bar can be seen from this width on, and takes a label from that on, px. */
const narrowestBar = 2;
const labelRoom = 24;

/** A bar from one time to another in one of a panel's rows. */
export interface Bar {
  readonly row: number;
  readonly fromS: number;
  readonly toS: number;
  /** Written at its beginning, if there is room. */
  readonly label?: string;
}

/** A series of bars for the chart's option. */
export function barSeries(name: string, colour: string, panel: number, bars: readonly Bar[]) {
  return {
    name,
    type: 'custom' as const,
    xAxisIndex: panel,
    yAxisIndex: panel,
    itemStyle: { color: colour },
    data: bars.map(({ row, fromS, toS }) => [row, fromS, toS]),
    clip: true,
    renderItem: (
      { dataIndex }: echarts.CustomSeriesRenderItemParams,
      api: echarts.CustomSeriesRenderItemAPI,
    ): echarts.CustomSeriesRenderItemReturn => {
      const from = api.coord([api.value(1), api.value(0)]) as [number, number];
      const to = api.coord([api.value(2), api.value(0)]) as [number, number];
      const [, rowHeight = 0] = (api.size?.([0, 1]) ?? []) as number[];
      const thickness = rowHeight * 0.7;
      const width = Math.max(narrowestBar, to[0] - from[0]);
      const { label = '' } = bars[dataIndex] ?? {};
      return {
        type: 'rect',
        shape: { x: from[0], y: from[1] - thickness / 2, width, height: thickness },
        style: { fill: colour },
        textContent: {
          type: 'text',
          style: { text: width > labelRoom ? label : '', fill: '#ffffff', fontSize: 11 },
        },
        textConfig: { position: 'insideLeft' },
      };
    },
  };
}
