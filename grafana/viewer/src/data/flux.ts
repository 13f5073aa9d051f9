// The Flux that Grafana would send: its InfluxDB datasource replaces `v.…` by text, after the variables.
import { TimeRange } from "@grafana/data";

/** One of Grafana's provisioned datasources: all ask the same InfluxDB, with different default buckets. */
export interface StoreSettings {
  uid: string;
  name: string;
  organization: string;
  defaultBucket: string;
}

const SETTING = /[a-zA-Z]+\.(timeRangeStart|timeRangeStop|windowPeriod|defaultBucket|organization)\b/g;

export function fillIn(query: string, range: TimeRange, intervalMs: number, store: StoreSettings): string {
  const values: Record<string, string> = {
    timeRangeStart: range.from.toISOString(),
    timeRangeStop: range.to.toISOString(),
    windowPeriod: `${Math.max(1, Math.round(intervalMs))}ms`,
    defaultBucket: JSON.stringify(store.defaultBucket),
    organization: JSON.stringify(store.organization),
  };
  return query.replace(SETTING, (_, name: string) => values[name] ?? "");
}
