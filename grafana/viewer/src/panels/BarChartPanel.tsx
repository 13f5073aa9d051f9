// Bars per category, upright or lying.
import { formattedValueToString, PanelProps, VizOrientation } from "@grafana/data";
import { config } from "@grafana/runtime";
import { VizLegendOptions } from "@grafana/schema";
import { getFieldDisplayLinks, VizLayout, VizLegend, VizTooltipContent, VizTooltipHeader } from "@grafana/ui";
import { JSX, useCallback, useMemo } from "react";

import { go } from "../pages/ownLinks";
import { Bar, Bars, barsOf, Stacking } from "./bars";
import { BandScale, CanvasPlot, LinearScale, Positions } from "./CanvasPlot";
import { NoData } from "./NoData";

interface Options {
  xField?: string;
  orientation?: VizOrientation;
  stacking?: Stacking;
  showValue?: "auto" | "always" | "never";
  groupWidth?: number;
  barWidth?: number;
  xTickLabelRotation?: number;
  legend?: VizLegendOptions;
}

export function BarChartPanel(panel: PanelProps<Options>): JSX.Element {
  const { data, options, width, height } = panel;
  const frame = data.series[0];
  const bars = useMemo(
    () => (frame ? barsOf(frame, options.xField, options.stacking ?? "none") : null),
    [frame, options.xField, options.stacking],
  );
  const lying = isLying(options.orientation, width, height);
  const paint = useCallback(
    (context: CanvasRenderingContext2D, at: Positions) => {
      if (bars) bars.bars.forEach((bar) => paintBar(context, at, bar, bars, options, lying));
    },
    [bars, options, lying],
  );
  if (!bars) return <NoData panel={panel} />;
  const [x, y] = scales(bars, options, lying);
  const at = (px: number, py: number): Bar | undefined => barAt(bars, options, lying ? [py, px] : [px, py]);
  return (
    <VizLayout width={width} height={height} legend={legendOf(bars, options.legend)}>
      {(chartWidth, chartHeight) => (
        <CanvasPlot
          x={x}
          y={y}
          width={chartWidth}
          height={chartHeight}
          paint={paint}
          tell={(px, py) => told(at(px, py), bars)}
          onClick={(px, py) => follow(at(px, py))}
        />
      )}
    </VizLayout>
  );
}

function isLying(orientation: VizOrientation | undefined, width: number, height: number): boolean {
  return orientation === VizOrientation.Horizontal || (orientation !== VizOrientation.Vertical && width < height);
}

function scales(bars: Bars, options: Options, lying: boolean): [BandScale | LinearScale, BandScale | LinearScale] {
  const { field } = bars.fields[0]!;
  const format = (value: number): string =>
    options.stacking === "percent" ? `${value} %` : field.display ? formattedValueToString(field.display(value)) : String(value);
  const band: BandScale = { kind: "band", labels: bars.categories, down: lying, rotation: lying ? 0 : options.xTickLabelRotation };
  const linear: LinearScale = {
    kind: "linear", min: bars.min, max: bars.max, format, decimals: field.config.decimals,
    label: field.config.custom?.axisLabel || undefined, grid: field.config.custom?.axisGridShow,
  };
  return lying ? [linear, band] : [band, linear];
}

function legendOf(bars: Bars, options: VizLegendOptions | undefined): JSX.Element | null {
  if (options?.showLegend === false) return null;
  const placement = options?.placement ?? "bottom";
  const items = bars.fields.map(({ name, color }) => ({ label: name, color, yAxis: 1 }));
  return (
    <VizLayout.Legend placement={placement}>
      <VizLegend placement={placement} items={items} displayMode={options?.displayMode} readonly />
    </VizLayout.Legend>
  );
}

/** From where to where a bar stands on the axis of the categories. */
function band(bar: Bar, bars: Bars, options: Options): [number, number] {
  const group = bars.places > 1 ? (options.groupWidth ?? 0.7) : 1;
  const share = group / bars.places;
  const width = share * (bars.places > 1 ? (options.barWidth ?? 0.97) : Math.min(options.barWidth ?? 0.97, 0.85));
  const start = bar.category + (1 - group) / 2 + bar.place * share + (share - width) / 2;
  return [start, start + width];
}

function barAt(bars: Bars, options: Options, [category, value]: [number, number]): Bar | undefined {
  return bars.bars.find((bar) => {
    const [start, end] = band(bar, bars, options);
    const inStack = options.stacking === "none" || !options.stacking || (value >= bar.from && value <= bar.to);
    return category >= start && category <= end && inStack;
  });
}

function paintBar(
  context: CanvasRenderingContext2D, at: Positions, bar: Bar, bars: Bars, options: Options, lying: boolean,
): void {
  const [start, end] = band(bar, bars, options);
  const [left, right] = lying ? [at.x(bar.from), at.x(bar.to)] : [at.x(start), at.x(end)];
  const [top, bottom] = lying ? [at.y(start), at.y(end)] : [at.y(bar.to), at.y(bar.from)];
  context.globalAlpha = (bar.field.config.custom?.fillOpacity ?? 80) / 100;
  context.fillStyle = bar.color;
  context.fillRect(left, top, right - left, bottom - top);
  context.globalAlpha = 1;
  context.lineWidth = (bar.field.config.custom?.lineWidth ?? 1) * at.ratio;
  context.strokeStyle = bar.color;
  if (context.lineWidth > 0) context.strokeRect(left, top, right - left, bottom - top);
  if (options.showValue !== "never") paintValue(context, at, bar, { left, right, top, bottom }, options, lying);
}

function paintValue(
  context: CanvasRenderingContext2D, at: Positions, bar: Bar,
  { left, right, top, bottom }: Record<"left" | "right" | "top" | "bottom", number>, options: Options, lying: boolean,
): void {
  context.font = `${12 * at.ratio}px Inter, sans-serif`;
  const fits = lying ? Math.abs(bottom - top) > 12 * at.ratio : context.measureText(bar.text).width < (right - left) * 1.4;
  if (!fits && options.showValue !== "always") return;
  context.fillStyle = config.theme2.colors.text.primary;
  context.textAlign = lying ? "left" : "center";
  context.textBaseline = lying ? "middle" : "bottom";
  const gap = 3 * at.ratio;
  if (lying) context.fillText(bar.text, Math.max(left, right) + gap, (top + bottom) / 2);
  else context.fillText(bar.text, (left + right) / 2, Math.min(top, bottom) - gap);
}

function told(bar: Bar | undefined, bars: Bars): JSX.Element | null {
  if (!bar) return null;
  return (
    <>
      <VizTooltipHeader item={{ label: "", value: bars.categories[bar.category]! }} />
      <VizTooltipContent items={[{ label: bar.name, value: bar.text, color: bar.color }]} />
    </>
  );
}

function follow(bar: Bar | undefined): void {
  const link = bar && getFieldDisplayLinks(bar.field, bar.row)[0];
  if (link) go(link.href, link.target);
}
