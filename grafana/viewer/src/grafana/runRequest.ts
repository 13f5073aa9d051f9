// How a query becomes panel data: what Grafana's server page does between a panel and its datasource.
import { DataQueryRequest, DataQueryResponse, DataSourceApi, LoadingState, PanelData, toDataFrame } from "@grafana/data";
import { catchError, from, isObservable, map, Observable, of, startWith } from "rxjs";

type Query = (request: DataQueryRequest) => Observable<DataQueryResponse> | Promise<DataQueryResponse>;

export function runRequest(
  datasource: DataSourceApi,
  request: DataQueryRequest,
  query: Query = (asked) => datasource.query(asked),
): Observable<PanelData> {
  const base = { request, timeRange: request.range, series: [] };
  const answer = query(request);
  return (isObservable(answer) ? answer : from(answer)).pipe(
    map((response) => panelData(base, response)),
    catchError((error: Error) => of(failed(base, error))),
    startWith<PanelData>({ ...base, state: LoadingState.Loading }),
  );
}

function panelData(base: Omit<PanelData, "state">, response: DataQueryResponse): PanelData {
  return { ...base, state: response.state ?? LoadingState.Done, series: response.data.map((frame) => toDataFrame(frame)) };
}

function failed(base: Omit<PanelData, "state">, error: Error): PanelData {
  const problem = { message: error.message };
  return { ...base, state: LoadingState.Error, error: problem, errors: [problem] };
}
