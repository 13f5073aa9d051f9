// A datasource of the page: asks InfluxDB through the viewer's server.
import {
  AnnotationSupport,
  DataFrame,
  DataQueryRequest,
  DataQueryResponse,
  MetricFindValue,
  ScopedVars,
  TimeRange,
} from "@grafana/data";
import { RuntimeDataSource, SceneObject, sceneGraph } from "@grafana/scenes";
import { DataQuery } from "@grafana/schema";
import { Observable } from "rxjs";

import { runFlux } from "./api";
import { fillIn, StoreSettings } from "./flux";
import { framesOf } from "./frames";

export interface FluxQuery extends DataQuery {
  query: string;
}

interface VariableRequest {
  scopedVars?: ScopedVars;
  range?: TimeRange;
}

const HOUR_MS = 3_600_000;

export class InfluxDB extends RuntimeDataSource<FluxQuery> {
  annotations: AnnotationSupport<FluxQuery> = {};

  override readonly name: string;

  constructor(private readonly store: StoreSettings) {
    super("influxdb", store.uid);
    this.name = store.name;
  }

  override query(request: DataQueryRequest<FluxQuery>): Observable<DataQueryResponse> {
    return new Observable((subscriber) => {
      const abort = new AbortController();
      const targets = request.targets.filter((target) => target.query && !target.hide);
      Promise.all(targets.map((target) => this.frames(target, request, abort.signal)))
        .then((frames) => {
          subscriber.next({ data: frames.flat() });
          subscriber.complete();
        })
        .catch((error: unknown) => {
          if (!abort.signal.aborted) subscriber.error(error);
        });
      return () => abort.abort();
    });
  }

  override async metricFindQuery(query: string | FluxQuery, options?: VariableRequest): Promise<MetricFindValue[]> {
    const range = options?.range;
    if (!range) throw new Error("a variable's query needs a time range");
    const flux = this.flux(typeof query === "string" ? query : query.query, range, HOUR_MS, options?.scopedVars);
    const values = framesOf(await runFlux(flux), "variable").flatMap((frame) => valuesOf(frame));
    return values.map((value) => ({ text: String(value) }));
  }

  private async frames(
    target: FluxQuery,
    request: DataQueryRequest<FluxQuery>,
    signal: AbortSignal,
  ): Promise<DataFrame[]> {
    const flux = this.flux(target.query, request.range, request.intervalMs, request.scopedVars);
    return framesOf(await runFlux(flux, signal), target.refId);
  }

  private flux(query: string, range: TimeRange, intervalMs: number, scopedVars?: ScopedVars): string {
    const scene = scopedVars?.["__sceneObject"]?.value?.valueOf() as SceneObject | undefined;
    const filled = scene ? sceneGraph.interpolate(scene, query, scopedVars) : query;
    return fillIn(filled, range, intervalMs, this.store);
  }
}

function valuesOf(frame: DataFrame): unknown[] {
  const field = frame.fields.find((one) => one.name === "_value") ?? frame.fields[frame.fields.length - 1];
  return (field?.values ?? []).filter((value) => value !== null);
}
