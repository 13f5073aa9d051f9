// How often values fell into which range, window by window.
import { dateTimeFormat, formattedValueToString, getValueFormat, PanelProps } from "@grafana/data";
import { config } from "@grafana/runtime";
import { VizTooltipContent, VizTooltipHeader } from "@grafana/ui";
import { JSX, useCallback, useMemo } from "react";

import { CanvasPlot, Positions } from "./CanvasPlot";
import { ColorLegend } from "./ColorLegend";
import { colorScale, HeatmapColor } from "./colorScale";
import { CellOptions, Cells, heatmapCells } from "./heatmapCells";
import { NoData } from "./NoData";

interface Options extends CellOptions {
  color?: HeatmapColor;
  cellGap?: number;
  cellValues?: { unit?: string; decimals?: number };
  filterValues?: { le?: number; ge?: number };
  legend?: { show?: boolean };
  tooltip?: { mode?: string };
  rowsFrame?: { layout?: string; value?: string };
}

const LEGEND_HEIGHT = 22;
const LEGEND_STEPS = 24;

export function HeatmapPanel(panel: PanelProps<Options>): JSX.Element {
  const { data, options, width, height, timeZone, timeRange, onChangeTimeRange } = panel;
  const cells = useMemo(() => heatmapCells(data.series, options), [data.series, options]);
  const color = useMemo(() => colorScale(options.color ?? {}, config.theme2), [options.color]);
  const [min, max] = useMemo(() => extremes(cells, options), [cells, options]);
  const paint = useCallback(
    (context: CanvasRenderingContext2D, at: Positions) => {
      if (cells) paintCells(context, at, cells, options, (value) => color((value - min) / (max - min || 1)));
    },
    [cells, options, color, min, max],
  );
  if (!cells) return <NoData panel={panel} />;
  const legend = options.legend?.show ?? true;
  const format = valueFormat(panel);
  return (
    <>
      <CanvasPlot
        x={{ kind: "time", min: timeRange.from.valueOf(), max: timeRange.to.valueOf() }}
        y={{ kind: "band", labels: cells.buckets, at: cells.labelsAtEdge ? "edge" : "middle" }}
        width={width}
        height={legend ? height - LEGEND_HEIGHT : height}
        timeZone={timeZone}
        paint={paint}
        onZoom={onChangeTimeRange}
        tell={options.tooltip?.mode === "none" ? undefined : (x, y) => told(cells, x, y, panel, format)}
      />
      {legend && (
        <ColorLegend
          min={format(min)}
          max={format(max)}
          colors={Array.from({ length: LEGEND_STEPS }, (_, step) => color(step / (LEGEND_STEPS - 1)))}
        />
      )}
    </>
  );
}

function valueFormat({ options, fieldConfig }: PanelProps<Options>): (value: number) => string {
  const unit = options.cellValues?.unit ?? fieldConfig.defaults.unit ?? "none";
  return (value) => formattedValueToString(getValueFormat(unit)(value, options.cellValues?.decimals));
}

function extremes(cells: Cells | null, { color, filterValues }: Options): [number, number] {
  const shown = (cells?.values.flat() ?? []).filter((value): value is number => isShown(value, filterValues));
  const least = shown.reduce((one, other) => Math.min(one, other), Infinity);
  const most = shown.reduce((one, other) => Math.max(one, other), -Infinity);
  return [color?.min ?? (Number.isFinite(least) ? least : 0), color?.max ?? (Number.isFinite(most) ? most : 1)];
}

function isShown(value: number | null, filter: Options["filterValues"]): value is number {
  return value !== null && value > (filter?.le ?? -Infinity) && value < (filter?.ge ?? Infinity);
}

function paintCells(
  context: CanvasRenderingContext2D, at: Positions, cells: Cells, options: Options, color: (value: number) => string,
): void {
  const gap = (options.cellGap ?? 1) * at.ratio;
  cells.times.forEach((time, column) => {
    const left = Math.round(at.x(time));
    const width = Math.max(1, Math.round(at.x(time + cells.width)) - left - gap);
    cells.values[column]!.forEach((value, bucket) => {
      if (!isShown(value, options.filterValues)) return;
      const top = Math.round(at.y(bucket + 1));
      context.fillStyle = color(value);
      context.fillRect(left, top + gap, width, Math.max(1, Math.round(at.y(bucket)) - top - gap));
    });
  });
}

function told(
  cells: Cells, x: number, y: number, { options, timeZone }: PanelProps<Options>, format: (value: number) => string,
): JSX.Element | null {
  const column = cells.times.findIndex((time) => x >= time && x < time + cells.width);
  const bucket = Math.floor(y);
  const value = cells.values[column]?.[bucket];
  if (value === null || value === undefined) return null;
  const upper = cells.labelsAtEdge && cells.buckets[bucket + 1] ? ` – ${cells.buckets[bucket + 1]}` : "";
  return (
    <>
      <VizTooltipHeader item={{ label: "", value: dateTimeFormat(cells.times[column]!, { timeZone }) }} />
      <VizTooltipContent
        items={[
          { label: "Range", value: cells.buckets[bucket]! + upper },
          { label: options.rowsFrame?.value ?? "Count", value: format(value) },
        ]}
      />
    </>
  );
}
