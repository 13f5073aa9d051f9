// Lines, bars and points over time, drawn by Grafana's TimeSeries, with its tooltip parts and its zoom.
import { cacheFieldDisplayNames, DashboardCursorSync, DataFrame, FieldType, getFieldDisplayName, PanelProps } from "@grafana/data";
import { LegendDisplayMode, SortOrder, TooltipDisplayMode, VizLegendOptions } from "@grafana/schema";
import { preparePlotFrame, TimeSeries, TooltipPlugin2, usePanelContext } from "@grafana/ui";
import { JSX, useMemo } from "react";

import { Annotations } from "./Annotations";
import { NoData } from "./NoData";
import { timeTooltip } from "./timeTooltip";

export interface TimeSeriesOptions {
  legend?: VizLegendOptions;
  tooltip?: { mode?: TooltipDisplayMode; sort?: SortOrder; maxHeight?: number; hideZeros?: boolean };
}

const NO_LEGEND: VizLegendOptions = { showLegend: true, displayMode: LegendDisplayMode.List, placement: "bottom", calcs: [] };
const HOVER_ONE = 0;
const HOVER_ALL = 1;

export function TimeSeriesPanel(panel: PanelProps<TimeSeriesOptions>): JSX.Element {
  const { data, options, timeRange, timeZone, width, height, onChangeTimeRange } = panel;
  const { sync, eventsScope } = usePanelContext();
  const frames = useMemo(() => drawable(data.series), [data.series]);
  if (!frames.length) return <NoData panel={panel} />;
  const tooltip = options.tooltip ?? {};
  const mode = tooltip.mode ?? TooltipDisplayMode.Single;
  const zoom = ({ from, to }: { from: number; to: number }): void => onChangeTimeRange({ from, to });
  return (
    <TimeSeries
      frames={frames}
      structureRev={data.structureRev}
      timeRange={timeRange}
      timeZone={timeZone}
      width={width}
      height={height}
      legend={options.legend ?? NO_LEGEND}
      options={options}
      preparePlotFrame={aligned}
    >
      {(config, frame) => (
        <>
          {mode !== TooltipDisplayMode.None && (
            <TooltipPlugin2
              config={config}
              hoverMode={mode === TooltipDisplayMode.Single ? HOVER_ONE : HOVER_ALL}
              queryZoom={zoom}
              clientZoom
              syncMode={sync?.() ?? DashboardCursorSync.Off}
              syncScope={eventsScope}
              maxWidth={500}
              render={timeTooltip(frame, { ...tooltip, mode }, timeZone)}
            />
          )}
          <Annotations config={config} frames={data.annotations ?? []} timeZone={timeZone} />
        </>
      )}
    </TimeSeries>
  );
}

/** The frames that have a time and a number. */
function drawable(frames: DataFrame[]): DataFrame[] {
  cacheFieldDisplayNames(frames); // colours by name follow the names that are shown
  return frames.filter((frame) => has(frame, FieldType.time) && has(frame, FieldType.number) && frame.length > 0);
}

/** The frames joined by time. Joining forgets the shown names, which colours by name go by. */
function aligned(frames: DataFrame[], dimensions: Parameters<typeof preparePlotFrame>[1]): DataFrame | null {
  const joined = preparePlotFrame(frames, dimensions) ?? null;
  for (const field of joined?.fields ?? []) {
    const { frameIndex, fieldIndex } = field.state?.origin ?? {};
    const frame = frames[frameIndex ?? -1];
    const origin = frame?.fields[fieldIndex ?? -1];
    if (origin) field.state = { ...field.state, displayName: getFieldDisplayName(origin, frame, frames) };
  }
  return joined;
}

function has(frame: DataFrame, type: FieldType): boolean {
  return frame.fields.some((field) => field.type === type);
}
