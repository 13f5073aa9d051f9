// A provisioned dashboard as a scene: the one place that joins its parts.
import {
  behaviors,
  dataLayers,
  SceneControlsSpacer,
  SceneDataLayerSet,
  SceneObject,
  SceneRefreshPicker,
  SceneTimePicker,
  SceneTimeRange,
  VariableValueSelectors,
} from "@grafana/scenes";

import { DashboardLinks } from "./DashboardLinks";
import { DashboardScene } from "./DashboardScene";
import { LayerSwitches } from "./LayerSwitches";
import { gridLayout } from "./layout";
import { Dashboard } from "./model";
import { exact } from "./times";
import { variableSet } from "./variables";

const INTERVALS = ["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h"];

/** With `bare`, only its panels are shown. */
export function dashboardScene(board: Dashboard, bare: boolean): DashboardScene {
  return new DashboardScene({
    key: board.uid,
    title: board.title,
    bare,
    $timeRange: new SceneTimeRange({
      from: exact(board.time?.from ?? "now-6h"),
      to: exact(board.time?.to ?? "now"),
      timeZone: board.timezone || "browser",
    }),
    $variables: variableSet(board.templating?.list ?? []),
    $data: annotations(board),
    $behaviors: [new behaviors.CursorSync({ key: "cursor", sync: board.graphTooltip ?? 0 })],
    links: new DashboardLinks({ links: board.links ?? [], uid: board.uid }),
    controls: controls(board),
    body: gridLayout(board.panels ?? []),
  });
}

function controls(board: Dashboard): SceneObject[] {
  const refresh = board.refresh || "";
  return [
    new VariableValueSelectors({}),
    new LayerSwitches({}),
    new SceneControlsSpacer(),
    ...(board.timepicker?.hidden ? [] : [new SceneTimePicker({ isOnCanvas: true })]),
    new SceneRefreshPicker({ refresh, intervals: board.timepicker?.refresh_intervals ?? INTERVALS, isOnCanvas: true }),
  ];
}

/** Annotations that a query of the dashboard brings; the built-in ones are kept by a Grafana server only. */
function annotations(board: Dashboard): SceneDataLayerSet | undefined {
  const queries = (board.annotations?.list ?? []).filter((query) => !query.builtIn);
  if (!queries.length) return undefined;
  const layers = queries.map(
    (query) =>
      new dataLayers.AnnotationsDataLayer({
        name: query.name,
        isEnabled: query.enable,
        isHidden: query.hide ?? false,
        query: { ...query, target: targetOf(query) },
      }),
  );
  return new SceneDataLayerSet({ layers });
}

function targetOf(query: object & { target?: unknown; query?: unknown }): never {
  return (query.target ?? { refId: "Anno", query: query.query }) as never;
}
