// A chart that paints its own cells or bars on uPlot's canvas, with Grafana's axes, tooltip and colours around them.
import { TimeZone } from "@grafana/data";
import { config as runtime } from "@grafana/runtime";
import { AxisPlacement, ScaleDirection, ScaleOrientation } from "@grafana/schema";
import { UPlotChart, UPlotConfigBuilder, VizTooltipContainer, VizTooltipWrapper } from "@grafana/ui";
import { JSX, ReactNode, useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";

export interface TimeScale {
  kind: "time";
  min: number;
  max: number;
}

export interface LinearScale {
  kind: "linear";
  min: number;
  max: number;
  format: (value: number) => string;
  decimals?: number | null;
  label?: string;
  grid?: boolean;
}

/** One band per label, from 0 upwards; a label stands in the middle of its band or at its edge. */
export interface BandScale {
  kind: "band";
  labels: string[];
  at?: "middle" | "edge";
  down?: boolean;
  rotation?: number;
}

export type Scale = TimeScale | LinearScale | BandScale;

interface Props {
  x: Scale;
  y: Scale;
  width: number;
  height: number;
  timeZone?: TimeZone;
  /** Paints the data; `at` gives canvas pixels. */
  paint: (context: CanvasRenderingContext2D, at: Positions) => void;
  /** What to tell about the point (in units of the scales), if anything. */
  tell?: (x: number, y: number) => ReactNode;
  onZoom?: (range: { from: number; to: number }) => void;
  onClick?: (x: number, y: number) => void;
}

export interface Positions {
  x: (value: number) => number;
  y: (value: number) => number;
  /** Canvas pixels per CSS pixel. */
  ratio: number;
}

const LABEL_HEIGHT = 16;

export function CanvasPlot(props: Props): JSX.Element {
  const { width, height, x, y, timeZone, tell } = props;
  const latest = useRef(props);
  latest.current = props;
  const [hover, setHover] = useState<{ left: number; top: number; x: number; y: number } | null>(null);
  const plot = useRef<uPlot | null>(null);
  const shape = JSON.stringify([x, y, timeZone, runtime.theme2.isDark]);
  const config = useMemo(() => {
    const builder = new UPlotConfigBuilder(timeZone);
    addScale(builder, "x", x, timeZone);
    addScale(builder, "y", y, timeZone);
    builder.addHook("init", (made) => (plot.current = made));
    builder.addHook("draw", (drawn) => paintClipped(drawn, latest.current.paint));
    builder.addHook("setCursor", (pointed) => setHover(pointedAt(pointed)));
    builder.addHook("setSelect", (selecting) => zoom(selecting, latest.current.onZoom));
    const selectable = Boolean(props.onZoom);
    builder.setCursor({ points: { show: false }, drag: { x: selectable, y: false, setScale: false } });
    return builder;
  }, [shape]);
  useEffect(() => {
    plot.current?.redraw();
  }, [props.paint]);
  const told = hover && tell ? tell(hover.x, hover.y) : null;
  const box = plot.current?.over.getBoundingClientRect();
  return (
    <div onClick={() => hover && props.onClick?.(hover.x, hover.y)} data-testid="canvas-plot">
      <UPlotChart config={config} data={dataOf(x, y)} width={width} height={height} />
      {told && hover && box && (
        <VizTooltipContainer position={{ x: box.left + hover.left, y: box.top + hover.top }} offset={{ x: 10, y: 10 }}>
          <VizTooltipWrapper>{told}</VizTooltipWrapper>
        </VizTooltipContainer>
      )}
    </div>
  );
}

/** The scales have fixed ranges; uPlot only needs some data to draw its axes. */
function dataOf(x: Scale, y: Scale): uPlot.AlignedData {
  return [range(x), range(y)];
}

function range(scale: Scale): [number, number] {
  return scale.kind === "band" ? [0, Math.max(1, scale.labels.length)] : [scale.min, scale.max];
}

function addScale(builder: UPlotConfigBuilder, scaleKey: "x" | "y", scale: Scale, timeZone?: TimeZone): void {
  const vertical = scaleKey === "y";
  const down = scale.kind === "band" && scale.down;
  builder.addScale({
    scaleKey,
    isTime: scale.kind === "time",
    orientation: vertical ? ScaleOrientation.Vertical : ScaleOrientation.Horizontal,
    direction: vertical ? (down ? ScaleDirection.Down : ScaleDirection.Up) : ScaleDirection.Right,
    range: () => range(scale),
  });
  builder.addAxis({
    scaleKey,
    theme: runtime.theme2,
    timeZone,
    isTime: scale.kind === "time",
    placement: vertical ? AxisPlacement.Left : AxisPlacement.Bottom,
    grid: { show: scale.kind === "time" || (scale.kind === "linear" && (scale.grid ?? true)) },
    ticks: { show: scale.kind !== "band" },
    ...(scale.kind === "linear" ? { formatValue: scale.format, label: scale.label, decimals: scale.decimals } : {}),
    ...(scale.kind === "band" ? bandAxis(scale, vertical) : {}),
  });
  if (vertical) {
    builder.addSeries({ scaleKey, theme: runtime.theme2, show: true, pathBuilder: () => null, pointsBuilder: () => false } as never);
  }
}

function bandAxis(scale: BandScale, vertical: boolean): object {
  const offset = scale.at === "edge" ? 0 : 0.5;
  const splits = (plot: uPlot): number[] => {
    const length = vertical ? plot.bbox.height : plot.bbox.width;
    const longest = Math.max(...scale.labels.map((label) => label.length));
    const needed = (vertical || scale.rotation ? LABEL_HEIGHT : longest * 7 + 10) * uPlot.pxRatio;
    const step = Math.max(1, Math.ceil((needed * scale.labels.length) / length));
    return scale.labels.flatMap((_, index) => (index % step === 0 ? [index + offset] : []));
  };
  return {
    splits,
    values: (_: uPlot, at: number[]) => at.map((position) => scale.labels[Math.round(position - offset)] ?? ""),
    tickLabelRotation: scale.rotation,
    space: 0,
  };
}

function paintClipped(plot: uPlot, paint: Props["paint"]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  paint(ctx, {
    x: (value) => plot.valToPos(value, "x", true),
    y: (value) => plot.valToPos(value, "y", true),
    ratio: uPlot.pxRatio,
  });
  ctx.restore();
}

function pointedAt(plot: uPlot): { left: number; top: number; x: number; y: number } | null {
  const { left = -1, top = -1 } = plot.cursor;
  return left < 0 || top < 0 ? null : { left, top, x: plot.posToVal(left, "x"), y: plot.posToVal(top, "y") };
}

function zoom(plot: uPlot, onZoom: Props["onZoom"]): void {
  const { left, width } = plot.select;
  if (!onZoom || width < 5) return;
  onZoom({ from: plot.posToVal(left, "x"), to: plot.posToVal(left + width, "x") });
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}
