// What a panel shows where its query found nothing.
import { PanelProps } from "@grafana/data";
import { JSX } from "react";

export function NoData({ panel }: { panel: Pick<PanelProps, "fieldConfig"> }): JSX.Element {
  return (
    <div style={{ display: "grid", placeItems: "center", height: "100%", padding: 8, textAlign: "center", textWrap: "balance" }}>
      {panel.fieldConfig.defaults.noValue || "No data"}
    </div>
  );
}
