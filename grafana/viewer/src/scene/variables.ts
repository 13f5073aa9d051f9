// A dashboard's variables as scene variables.
import {
  ConstantVariable,
  CustomVariable,
  DataSourceVariable,
  QueryVariable,
  SceneVariable,
  SceneVariableSet,
  TextBoxVariable,
} from "@grafana/scenes";
import { VariableHide, VariableRefresh, VariableSort } from "@grafana/schema";

import { Variable } from "./model";

export function variableSet(list: Variable[]): SceneVariableSet {
  return new SceneVariableSet({ variables: list.flatMap((variable) => make(variable) ?? []) });
}

function make(variable: Variable): SceneVariable | null {
  switch (variable.type) {
    case "datasource":
      // All datasources are one InfluxDB; which one a dashboard needs, it says itself.
      return new DataSourceVariable({
        ...common(variable),
        hide: VariableHide.hideVariable,
        skipUrlSync: true,
        pluginId: "influxdb",
        regex: variable.regex ?? "",
      });
    case "query":
      return new QueryVariable({
        ...common(variable),
        ...choice(variable),
        query: variable.query ?? "",
        datasource: variable.datasource ?? null,
        regex: variable.regex ?? "",
        refresh: variable.refresh ?? VariableRefresh.onDashboardLoad,
        sort: variable.sort ?? VariableSort.disabled,
      });
    case "custom":
      return new CustomVariable({ ...common(variable), ...choice(variable), query: words(variable) });
    case "constant":
      return new ConstantVariable({ ...common(variable), value: words(variable), skipUrlSync: true });
    case "textbox":
      return new TextBoxVariable({ ...common(variable), value: String(variable.current?.value ?? words(variable)) });
    default:
      return null;
  }
}

function common(variable: Variable): Pick<SceneVariable["state"], "name" | "label" | "description" | "hide" | "skipUrlSync"> {
  const { name, label, description, hide, skipUrlSync } = variable;
  return { name, label, description, hide, skipUrlSync };
}

function choice(variable: Variable): object {
  return {
    value: variable.current?.value ?? "",
    text: variable.current?.text ?? "",
    isMulti: variable.multi ?? false,
    includeAll: variable.includeAll ?? false,
    defaultToAll: variable.includeAll ?? false,
    allValue: variable.allValue || undefined,
  };
}

function words(variable: Variable): string {
  return typeof variable.query === "string" ? variable.query : (variable.query?.query ?? "");
}
