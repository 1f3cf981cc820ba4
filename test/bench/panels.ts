// Pictures of one or several panels with lines in them, each named at its end: no legend to look up.
import * as echarts from 'echarts';

// Okabe and Ito's colours: told apart by colour-blind people too.
export const palette = ['#0072b2', '#e69f00', '#009e73', '#d55e00', '#cc79a7', '#56b4e9'] as const;

export interface Line {
  readonly name: string;
  readonly colour: string;
  /** One for each place on the x axis; null: none. */
  readonly values: readonly (number | null)[];
}

export interface Panel {
  readonly title: string;
  /** What stands below the x axis, and its places. */
  readonly xName: string;
  readonly places: readonly string[];
  readonly lines: readonly Line[];
  readonly isLogarithmic?: boolean;
  /** A value that the lines shall not pass, or shall reach. */
  readonly goal?: { readonly value: number; readonly text: string };
}

const panelSize = { width: 520, height: 340 };
const room = { left: 60, right: 115, top: 80, bottom: 60 };
const titleHeight = 40;

/** The picture as SVG text. */
export function drawPanels(title: string, panels: readonly Panel[], columns: number): string {
  const rows = Math.ceil(panels.length / columns);
  const width = Math.min(columns, panels.length) * panelSize.width;
  const height = titleHeight + rows * panelSize.height;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  const corners = panels.map((_, index) => ({
    x: (index % columns) * panelSize.width,
    y: titleHeight + Math.floor(index / columns) * panelSize.height,
  }));
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: 'sans-serif' },
    title: [
      { text: title, left: 16, top: 10, textStyle: { fontSize: 17 } },
      ...corners.map(({ x, y }, index) => ({
        text: panels[index]?.title ?? '',
        left: x + room.left - 20,
        top: y + 24,
        textStyle: { fontSize: 13, fontWeight: 'normal' as const },
      })),
    ],
    grid: corners.map(({ x, y }) => ({
      left: x + room.left,
      top: y + room.top,
      width: panelSize.width - room.left - room.right,
      height: panelSize.height - room.top - room.bottom,
    })),
    xAxis: panels.map(xAxis),
    yAxis: panels.map(yAxis),
    series: panels.flatMap(series),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function xAxis({ xName, places }: Panel, index: number) {
  return {
    gridIndex: index,
    type: 'category' as const,
    name: xName,
    nameLocation: 'middle' as const,
    nameGap: 28,
    boundaryGap: false,
    data: [...places],
  };
}

function yAxis({ isLogarithmic = false, lines, goal }: Panel, index: number) {
  const highest = Math.max(...lines.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const isBelow = goal && highest < goal.value;
  return {
    gridIndex: index,
    type: isLogarithmic ? ('log' as const) : ('value' as const),
    // Else the goal would be out of the picture.
    ...(isBelow && { max: Math.ceil(goal.value * 5.5) / 5 }),
    splitLine: { lineStyle: { color: '#eeeeee' } },
  };
}

function series({ lines, goal }: Panel, panel: number) {
  return lines.map(({ name, colour, values }, index) => ({
    name,
    type: 'line' as const,
    xAxisIndex: panel,
    yAxisIndex: panel,
    color: colour,
    symbolSize: 6,
    lineStyle: { width: 2 },
    data: [...values],
    endLabel: { show: true, formatter: '{a}', color: colour, fontSize: 12 },
    labelLayout: { moveOverlap: 'shiftY' as const },
    ...(goal && index === 0 && { markLine: goalLine(goal) }),
  }));
}

function goalLine({ value, text }: { readonly value: number; readonly text: string }) {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: '#666666', type: 'dashed' as const },
    label: { position: 'insideStartTop' as const, formatter: text, color: '#666666' },
    data: [{ yAxis: value }],
  };
}
