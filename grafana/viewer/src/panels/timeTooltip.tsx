// The tooltip over a time axis: the time, the values there, and the links of the value that is pointed at.
import { DataFrame, dateTimeFormat, FieldType, formattedValueToString, TimeZone } from "@grafana/data";
import { SortOrder, TooltipDisplayMode } from "@grafana/schema";
import {
  getFieldDisplayItems,
  getFieldDisplayLinks,
  VizTooltipContent,
  VizTooltipFooter,
  VizTooltipHeader,
  VizTooltipWrapper,
} from "@grafana/ui";
import { JSX } from "react";

interface Options {
  mode: TooltipDisplayMode;
  sort?: SortOrder;
  maxHeight?: number;
  hideZeros?: boolean;
}

type Render = (plot: unknown, at: Array<number | null>, seriesAt: number | null, isPinned: boolean) => JSX.Element;

export function timeTooltip(frame: DataFrame, options: Options, timeZone: TimeZone): Render {
  return (_plot, at, seriesAt, isPinned) => {
    const time = frame.fields[0]!;
    const when = time.values[at[0] ?? 0];
    const label = time.display ? formattedValueToString(time.display(when)) : dateTimeFormat(when, { timeZone });
    const items = getFieldDisplayItems(
      frame.fields, time, at, seriesAt, options.mode, options.sort ?? SortOrder.None,
      (field) => field.type === FieldType.number && !field.config.custom?.hideFrom?.tooltip, options.hideZeros,
    );
    const pointed = seriesAt === null ? undefined : frame.fields[seriesAt];
    const row = seriesAt === null ? null : at[seriesAt];
    const links = isPinned && pointed && row != null ? getFieldDisplayLinks(pointed, row) : [];
    return (
      <VizTooltipWrapper>
        <VizTooltipHeader item={{ label: "", value: label }} isPinned={isPinned} />
        <VizTooltipContent items={items} isPinned={isPinned} scrollable maxHeight={options.maxHeight ?? 300} />
        {links.length > 0 && <VizTooltipFooter dataLinks={links} />}
      </VizTooltipWrapper>
    );
  };
}
