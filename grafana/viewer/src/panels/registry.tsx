// Which panel types there are, and which component draws each. The list of types is known.json's.
import { FieldConfigProperty, PanelPlugin, PanelProps } from "@grafana/data";
import { sceneUtils } from "@grafana/scenes";
import { ComponentType } from "react";

import { customFieldOptions } from "../grafana/fieldOptions";
import { BarChartPanel } from "./BarChartPanel";
import { BarGaugePanel } from "./BarGaugePanel";
import { GaugePanel } from "./GaugePanel";
import { GeomapPanel } from "./GeomapPanel";
import { HeatmapPanel } from "./HeatmapPanel";
import { StatPanel } from "./StatPanel";
import { StateTimelinePanel } from "./StateTimelinePanel";
import { TablePanel } from "./TablePanel";
import { TextPanel } from "./TextPanel";
import { TimeSeriesPanel } from "./TimeSeriesPanel";

interface Drawing {
  component: ComponentType<PanelProps>;
  color?: string;
  noPadding?: boolean;
  annotations?: boolean;
}

const DRAWINGS: Record<string, Drawing> = {
  stat: { component: StatPanel },
  gauge: { component: GaugePanel },
  bargauge: { component: BarGaugePanel },
  text: { component: TextPanel },
  timeseries: { component: TimeSeriesPanel, color: "palette-classic", annotations: true },
  table: { component: TablePanel },
  "state-timeline": { component: StateTimelinePanel, color: "continuous-GrYlRd" },
  barchart: { component: BarChartPanel, color: "palette-classic" },
  heatmap: { component: HeatmapPanel },
  geomap: { component: GeomapPanel, noPadding: true },
};

export function registerPanels(): void {
  for (const [type, drawing] of Object.entries(DRAWINGS)) {
    sceneUtils.registerRuntimePanelPlugin({ pluginId: type, plugin: plugin(type, drawing) });
  }
}

/** The panel for a type that nothing here draws: it says so, and the other panels stay. */
export function unknownPanel(type: string): PanelPlugin {
  const made = new PanelPlugin(() => <p>This viewer cannot draw panels of type “{type}”; Grafana can.</p>);
  made.meta = { id: type, name: type, info: { version: "" } } as never;
  return made;
}

function plugin(type: string, { component, color, noPadding, annotations = false }: Drawing): PanelPlugin {
  const made = new PanelPlugin(component);
  made.useFieldConfig({
    useCustomConfig: customFieldOptions(type) as never,
    standardOptions: color ? { [FieldConfigProperty.Color]: { defaultValue: { mode: color } as never } } : {},
  });
  made.setDataSupport({ annotations, alertStates: false });
  if (noPadding) made.setNoPadding();
  return made;
}
