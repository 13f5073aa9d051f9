// Annotations over a time axis: a vertical line (a band where there is an end), with its text on a marker below.
import { colorManipulator, DataFrame, dateTimeFormat, TimeZone } from "@grafana/data";
import { config as runtime } from "@grafana/runtime";
import { EventsCanvas, Tooltip, UPlotConfigBuilder } from "@grafana/ui";
import { JSX, useEffect, useLayoutEffect, useRef } from "react";
import uPlot from "uplot";

interface Event {
  time: number;
  timeEnd?: number;
  color?: string;
  title?: string;
  text?: string;
  tags?: string[];
}

interface Props {
  config: UPlotConfigBuilder;
  frames: DataFrame[];
  timeZone: TimeZone;
}

const MARKER = 6;

export function Annotations({ config, frames, timeZone }: Props): JSX.Element {
  const plot = useRef<uPlot | null>(null);
  const shown = useRef(frames);
  shown.current = frames;
  useLayoutEffect(() => {
    config.addHook("init", (made) => (plot.current = made));
    config.addHook("draw", (drawn) => shown.current.forEach((frame) => events(frame).forEach((one) => line(drawn, one))));
  }, [config]);
  useEffect(() => {
    plot.current?.redraw();
  }, [frames]);
  return (
    <EventsCanvas
      id="annotations"
      config={config}
      events={frames}
      mapEventToXYCoords={(frame, row) => place(plot.current, events(frame)[row])}
      renderEventMarker={(frame, row) => <Marker event={events(frame)[row]!} timeZone={timeZone} />}
    />
  );
}

function Marker({ event, timeZone }: { event: Event; timeZone: TimeZone }): JSX.Element {
  const text = [dateTimeFormat(event.time, { timeZone }), event.title, event.text, event.tags?.join(", ")];
  return (
    <Tooltip content={text.filter(Boolean).join(" · ")}>
      <div
        data-testid="annotation-marker"
        style={{
          width: 0,
          borderLeft: `${MARKER}px solid transparent`,
          borderRight: `${MARKER}px solid transparent`,
          borderBottom: `${MARKER}px solid ${colorOf(event)}`,
          transform: `translateX(-${MARKER}px)`,
        }}
      />
    </Tooltip>
  );
}

function events(frame: DataFrame): Event[] {
  return Array.from({ length: frame.length }, (_, row) =>
    Object.fromEntries(frame.fields.map((field) => [field.name, field.values[row]])),
  ) as unknown as Event[];
}

function colorOf(event: Event): string {
  return runtime.theme2.visualization.getColorByName(event.color || "blue");
}

function place(plot: uPlot | null, event?: Event): { x: number; y: number } | undefined {
  if (!plot || !event) return undefined;
  const { min, max } = plot.scales["x"]!;
  if (event.time < (min ?? 0) || event.time > (max ?? 0)) return undefined;
  return { x: plot.valToPos(event.time, "x"), y: plot.bbox.height / uPlot.pxRatio };
}

function line(plot: uPlot, event: Event): void {
  const { ctx, bbox } = plot;
  const x = plot.valToPos(event.time, "x", true);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  if (event.timeEnd && event.timeEnd > event.time) {
    ctx.fillStyle = colorManipulator.alpha(colorOf(event), 0.1);
    ctx.fillRect(x, bbox.top, plot.valToPos(event.timeEnd, "x", true) - x, bbox.height);
  }
  ctx.beginPath();
  ctx.strokeStyle = colorOf(event);
  ctx.lineWidth = 2 * uPlot.pxRatio;
  ctx.setLineDash([4 * uPlot.pxRatio, 4 * uPlot.pxRatio]);
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}
