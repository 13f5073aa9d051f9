// What a marker says: the fields of its row, and where it leads.
import { formattedValueToString, getFieldDisplayName, LinkModel } from "@grafana/data";
import { VizTooltipContainer, VizTooltipContent, VizTooltipFooter, VizTooltipWrapper } from "@grafana/ui";
import { JSX } from "react";

import { Marker } from "./markers";

export interface Pointed {
  marker: Marker;
  x: number;
  y: number;
}

export function MapTooltip({ marker: { frame, row }, x, y }: Pointed): JSX.Element {
  const items = frame.fields
    .filter((field) => !field.config.custom?.hideFrom?.tooltip && field.values[row] != null)
    .map((field) => ({
      label: getFieldDisplayName(field, frame),
      value: field.display ? formattedValueToString(field.display(field.values[row])) : String(field.values[row]),
    }));
  const links = linksOf({ frame, row });
  return (
    <VizTooltipContainer position={{ x, y }} offset={{ x: 10, y: 10 }}>
      <VizTooltipWrapper>
        <VizTooltipContent items={items} />
        {links.length > 0 && <VizTooltipFooter dataLinks={links} />}
      </VizTooltipWrapper>
    </VizTooltipContainer>
  );
}

export function linksOf({ frame, row }: Marker): LinkModel[] {
  return frame.fields.flatMap((field) =>
    field.config.links?.length && field.getLinks ? field.getLinks({ valueRowIndex: row }) : [],
  );
}
