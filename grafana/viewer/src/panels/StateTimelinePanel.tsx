// Which state each series was in, and for how long.
import { dateTimeFormat, PanelProps } from "@grafana/data";
import { VizLegendOptions } from "@grafana/schema";
import { VizLayout, VizLegend, VizTooltipContent, VizTooltipHeader } from "@grafana/ui";
import { JSX, useCallback, useMemo } from "react";

import { CanvasPlot, Positions } from "./CanvasPlot";
import { NoData } from "./NoData";
import { Lane, lanes, State } from "./states";

interface Options {
  mergeValues?: boolean;
  showValue?: "auto" | "always" | "never";
  alignValue?: "left" | "center" | "right";
  rowHeight?: number;
  legend?: VizLegendOptions;
}

export function StateTimelinePanel(panel: PanelProps<Options>): JSX.Element {
  const { data, options, width, height, timeZone, timeRange, onChangeTimeRange } = panel;
  const [from, to] = [timeRange.from.valueOf(), timeRange.to.valueOf()];
  const rows = useMemo(() => lanes(data.series, to, options.mergeValues ?? true), [data.series, to, options.mergeValues]);
  const paint = useCallback(
    (context: CanvasRenderingContext2D, at: Positions) =>
      rows.forEach((row, index) => row.states.forEach((state) => paintState(context, at, state, index, options))),
    [rows, options],
  );
  if (!rows.length) return <NoData panel={panel} />;
  const legend = options.legend?.showLegend === false ? null : legendOf(rows, options.legend);
  return (
    <VizLayout width={width} height={height} legend={legend}>
      {(chartWidth, chartHeight) => (
        <CanvasPlot
          x={{ kind: "time", min: from, max: to }}
          y={{ kind: "band", labels: rows.map((row) => row.name), down: true }}
          width={chartWidth}
          height={chartHeight}
          timeZone={timeZone}
          paint={paint}
          onZoom={onChangeTimeRange}
          tell={(x, y) => told(rows[Math.floor(y)], x, panel)}
        />
      )}
    </VizLayout>
  );
}

/** VizLayout looks at the element itself, so this is no component. */
function legendOf(rows: Lane[], options?: VizLegendOptions): JSX.Element {
  const placement = options?.placement ?? "bottom";
  const colors = new Map(rows.flatMap((row) => row.states.map((state) => [state.text, state.color] as const)));
  const items = [...colors].slice(0, 20).map(([label, color]) => ({ label, color, yAxis: 1 }));
  return (
    <VizLayout.Legend placement={placement}>
      <VizLegend placement={placement} items={items} displayMode={options?.displayMode} readonly />
    </VizLayout.Legend>
  );
}

function paintState(
  context: CanvasRenderingContext2D, at: Positions, state: State, row: number, options: Options,
): void {
  const left = at.x(state.from);
  const width = Math.max(1, at.x(state.to) - left);
  const [first, second] = [at.y(row), at.y(row + 1)];
  const whole = Math.abs(second - first);
  const height = whole * (options.rowHeight ?? 0.9);
  const top = Math.min(first, second) + (whole - height) / 2;
  context.globalAlpha = state.opacity;
  context.fillStyle = state.color;
  context.fillRect(left, top, width, height);
  context.globalAlpha = 1;
  if (options.showValue !== "never") paintText(context, at, state.text, left, width, top + height / 2, options);
}

function paintText(
  context: CanvasRenderingContext2D, at: Positions, text: string, left: number, width: number, middle: number,
  { showValue, alignValue }: Options,
): void {
  context.font = `${12 * at.ratio}px Inter, sans-serif`;
  const needed = context.measureText(text).width + 8 * at.ratio;
  if (needed > width && showValue !== "always") return;
  const align = alignValue ?? "left";
  const inset = 4 * at.ratio;
  context.textAlign = align;
  context.textBaseline = "middle";
  context.fillStyle = "#fff";
  context.fillText(text, align === "left" ? left + inset : align === "right" ? left + width - inset : left + width / 2, middle);
}

function told(row: Lane | undefined, x: number, { timeZone }: PanelProps): JSX.Element | null {
  const state = row?.states.find((one) => x >= one.from && x < one.to);
  if (!row || !state) return null;
  const between = [state.from, state.to].map((time) => dateTimeFormat(time, { timeZone })).join(" – ");
  return (
    <>
      <VizTooltipHeader item={{ label: "", value: between }} />
      <VizTooltipContent items={[{ label: row.name, value: state.text, color: state.color }]} />
    </>
  );
}
