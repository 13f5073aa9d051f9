// Gives Grafana's libraries what a Grafana page gives them: events, registries, datasources, panel types.
import {
  DataSourceApi,
  DataSourceInstanceSettings,
  EventBusSrv,
  locationUtil,
  PanelPlugin,
  ScopedVars,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  TransformerRegistryItem,
} from "@grafana/data";
import { initPluginTranslations } from "@grafana/i18n";
import {
  config,
  setAppEvents,
  setDataSourceSrv,
  setPluginImportUtils,
  setRunRequest,
  setTemplateSrv,
  TemplateSrv,
} from "@grafana/runtime";
import { loadResources, sceneGraph, SceneObject } from "@grafana/scenes";
import { DataSourceRef } from "@grafana/schema";

import known from "../known.json";
import { standardFieldOptions } from "./fieldOptions";
import { runRequest } from "./runRequest";

type Reference = DataSourceRef | string | null;

const NO_TEMPLATES = {
  getVariables: () => [],
  replace: (text?: string) => text ?? "",
  containsTemplate: () => false,
  updateTimeRange: () => undefined,
} as unknown as TemplateSrv;

/** Must be done before any scene is built. `unknownPanel` makes the panel shown for a type that nothing draws. */
export async function prepare(datasources: DataSourceApi[], unknownPanel: (type: string) => PanelPlugin): Promise<void> {
  await initPluginTranslations("grafana-scenes", [loadResources]);
  standardFieldConfigEditorRegistry.setInit(standardFieldOptions);
  standardTransformersRegistry.setInit(transformations);
  setAppEvents(new EventBusSrv());
  setTemplateSrv(NO_TEMPLATES);
  setRunRequest(runRequest as never);
  setPluginImportUtils({
    importPanelPlugin: (type) => Promise.resolve(unknownPanel(type)),
    getPanelPluginFromCache: () => undefined,
  });
  setDataSourceSrv(datasourceService(datasources) as never);
  locationUtil.initialize({
    config: config as never,
    getTimeRangeForUrl: () => ({ from: "now-1h", to: "now" }),
    getVariablesUrlParams: () => ({}),
  });
}

function transformations(): TransformerRegistryItem[] {
  const byId = new Map(Object.values(standardTransformers).map((one) => [one.id as string, one]));
  return known.transformations
    .flatMap((id) => byId.get(id) ?? [])
    .map((one) => ({
      id: one.id,
      name: one.name,
      editor: () => null,
      transformation: () => Promise.resolve(one),
      imageDark: "",
      imageLight: "",
    })) as unknown as TransformerRegistryItem[];
}

/** Finds a datasource by uid or `${variable}`; the first one stands for any that is not known. */
function datasourceService(datasources: DataSourceApi[]): object {
  const find = (ref: Reference, scopedVars?: ScopedVars): DataSourceApi => {
    const asked = (typeof ref === "string" ? ref : ref?.uid) ?? "";
    const scene = scopedVars?.["__sceneObject"]?.value?.valueOf() as SceneObject | undefined;
    const uid = scene ? sceneGraph.interpolate(scene, asked, scopedVars) : asked;
    return datasources.find((one) => one.uid === uid || one.name === uid) ?? datasources[0]!;
  };
  return {
    get: (ref: Reference, scopedVars?: ScopedVars) => Promise.resolve(find(ref, scopedVars)),
    getInstanceSettings: (ref: Reference, scopedVars?: ScopedVars) => settingsOf(find(ref, scopedVars)),
    getList: () => datasources.map(settingsOf),
    reload: () => undefined,
  };
}

function settingsOf({ uid, name, meta }: DataSourceApi): DataSourceInstanceSettings {
  const settings = { id: 1, uid, name, type: "influxdb", meta, jsonData: {}, readOnly: true, access: "proxy" };
  return settings as unknown as DataSourceInstanceSettings;
}
