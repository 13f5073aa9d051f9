// What stat, gauge and bar gauge share: one figure per reduced field or row, with its links.
import { FieldDisplay, getDisplayValueAlignmentFactors, getFieldDisplayValues, PanelProps, VizOrientation } from "@grafana/data";
import { config } from "@grafana/runtime";
import { ReduceDataOptions, VizTextDisplayOptions } from "@grafana/schema";
import { DataLinksContextMenu, VizRepeater } from "@grafana/ui";
import { JSX, MouseEventHandler } from "react";

export interface FigureOptions {
  reduceOptions?: ReduceDataOptions;
  orientation?: VizOrientation;
  text?: VizTextDisplayOptions;
}

export function figures(props: PanelProps<FigureOptions>, sparkline = false): FieldDisplay[] {
  return getFieldDisplayValues({
    fieldConfig: props.fieldConfig,
    reduceOptions: { ...props.options.reduceOptions, calcs: props.options.reduceOptions?.calcs ?? [] },
    replaceVariables: props.replaceVariables,
    theme: config.theme2,
    data: props.data.series,
    sparkline,
    timeZone: props.timeZone,
  });
}

export interface Place {
  value: FieldDisplay;
  width: number;
  height: number;
  count: number;
  orientation: VizOrientation;
  alignmentFactors: ReturnType<typeof getDisplayValueAlignmentFactors>;
}

interface RepeatProps {
  panel: PanelProps<FigureOptions>;
  values: FieldDisplay[];
  draw: (place: Place, onClick?: MouseEventHandler<HTMLElement>, className?: string) => JSX.Element;
  autoGrid?: boolean;
  minVizWidth?: number;
  minVizHeight?: number;
  maxVizHeight?: number;
  itemSpacing?: number;
}

/** Draws each figure in an equal share of the panel. */
export function Figures({ panel, values, draw, ...sizes }: RepeatProps): JSX.Element {
  return (
    <VizRepeater<FieldDisplay, Place["alignmentFactors"]>
      {...sizes}
      source={panel.data}
      width={panel.width}
      height={panel.height}
      renderCounter={panel.renderCounter}
      orientation={panel.options.orientation ?? VizOrientation.Auto}
      getValues={() => values}
      getAlignmentFactors={(all) => getDisplayValueAlignmentFactors(all)}
      renderValue={(place) => linked(place, draw)}
    />
  );
}

function linked(place: Place, draw: RepeatProps["draw"]): JSX.Element {
  const { hasLinks, getLinks } = place.value;
  if (!hasLinks || !getLinks) return draw(place);
  return (
    <DataLinksContextMenu links={getLinks} style={{ flexGrow: 1 }}>
      {({ openMenu, targetClassName }) => draw(place, openMenu as never, targetClassName)}
    </DataLinksContextMenu>
  );
}
