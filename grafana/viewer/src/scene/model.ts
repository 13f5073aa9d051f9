// The parts of Grafana's classic dashboard JSON that the viewer reads.
import { AnnotationQuery, DataLink, DataTransformerConfig, FieldConfigSource } from "@grafana/data";
import { DataSourceRef, VariableHide, VariableRefresh, VariableSort } from "@grafana/schema";

import { FluxQuery } from "../data/datasource";

export interface Panel {
  id: number;
  type: string;
  title?: string;
  description?: string;
  transparent?: boolean;
  gridPos: { x: number; y: number; w: number; h: number };
  options?: Record<string, unknown>;
  fieldConfig?: FieldConfigSource;
  datasource?: DataSourceRef;
  targets?: FluxQuery[];
  transformations?: DataTransformerConfig[];
  links?: DataLink[];
  interval?: string;
  maxDataPoints?: number;
  pluginVersion?: string;
  repeat?: string;
  repeatDirection?: "h" | "v";
  maxPerRow?: number;
  collapsed?: boolean;
  panels?: Panel[];
}

export interface Variable {
  type: string;
  name: string;
  label?: string;
  description?: string;
  hide?: VariableHide;
  datasource?: DataSourceRef | null;
  query?: string | FluxQuery;
  regex?: string;
  refresh?: VariableRefresh;
  sort?: VariableSort;
  multi?: boolean;
  includeAll?: boolean;
  allValue?: string;
  skipUrlSync?: boolean;
  current?: { text?: string | string[]; value?: string | string[] };
}

export interface DashboardLink {
  type: "link" | "dashboards";
  title: string;
  url?: string;
  tags?: string[];
  tooltip?: string;
  targetBlank?: boolean;
  includeVars?: boolean;
  keepTime?: boolean;
}

export interface Dashboard {
  uid: string;
  title: string;
  description?: string;
  tags?: string[];
  timezone?: string;
  time?: { from: string; to: string };
  refresh?: string | false;
  graphTooltip?: number;
  weekStart?: string;
  timepicker?: { refresh_intervals?: string[]; hidden?: boolean };
  links?: DashboardLink[];
  panels?: Panel[];
  templating?: { list?: Variable[] };
  annotations?: { list?: Array<AnnotationQuery & { builtIn?: number }> };
}
