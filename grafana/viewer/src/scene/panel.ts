// One panel of a dashboard as a scene object: its query, its transformations, its options.
import { SceneDataProvider, SceneDataTransformer, SceneQueryRunner, VizPanel } from "@grafana/scenes";

import { Panel } from "./model";
import { PanelLinks } from "./PanelLinks";

export function vizPanel(panel: Panel, key: string): VizPanel {
  return new VizPanel({
    key,
    pluginId: panel.type,
    pluginVersion: panel.pluginVersion,
    title: panel.title ?? "",
    description: panel.description,
    displayMode: panel.transparent ? "transparent" : "default",
    hoverHeader: !panel.title,
    options: panel.options ?? {},
    fieldConfig: panel.fieldConfig ?? { defaults: {}, overrides: [] },
    titleItems: panel.links?.length ? [new PanelLinks({ links: panel.links })] : undefined,
    $data: panel.targets?.length ? dataOf(panel) : undefined,
  });
}

function dataOf(panel: Panel): SceneDataProvider {
  const queries = new SceneQueryRunner({
    queries: panel.targets ?? [],
    datasource: panel.datasource ?? panel.targets?.[0]?.datasource ?? undefined,
    minInterval: panel.interval,
    maxDataPoints: panel.maxDataPoints,
    maxDataPointsFromWidth: true,
    dataLayerFilter: { panelId: panel.id },
  });
  return new SceneDataTransformer({ $data: queries, transformations: panel.transformations ?? [] });
}
