// The cells of a heat map: given as one numeric column per bucket, or counted here from single values.
import { DataFrame, Field, FieldType, formattedValueToString, getFieldDisplayName, getValueFormat, rangeUtil } from "@grafana/data";

export interface Cells {
  /** Starts of the columns, and their width, in milliseconds. */
  times: number[];
  width: number;
  buckets: string[];
  /** By column, then bucket; null where there is none. */
  values: Array<Array<number | null>>;
  labelsAtEdge: boolean;
}

export interface CellOptions {
  calculate?: boolean;
  calculation?: { xBuckets?: Buckets; yBuckets?: Buckets };
  rowsFrame?: { layout?: string };
  yAxis?: { unit?: string; decimals?: number };
}

interface Buckets {
  mode?: "size" | "count";
  value?: string;
}

const COUNT = 30;

export function heatmapCells(series: DataFrame[], options: CellOptions): Cells | null {
  const cells = options.calculate ? counted(series, options) : given(series, options);
  return cells && cells.times.length > 0 && cells.buckets.length > 0 ? cells : null;
}

function given(series: DataFrame[], options: CellOptions): Cells {
  const columns = series.flatMap((frame) =>
    frame.fields.filter(isNumber).map((field) => ({ name: getFieldDisplayName(field, frame, series), field, frame })),
  );
  const numeric = columns.every(({ name }) => name.trim() !== "" && Number.isFinite(Number(name)));
  if (numeric) columns.sort((one, other) => Number(one.name) - Number(other.name));
  const times = [...new Set(series.flatMap((frame) => timesOf(frame)))].sort((one, other) => one - other);
  const at = new Map(times.map((time, index) => [time, index]));
  const values = times.map(() => columns.map<number | null>(() => null));
  columns.forEach(({ field, frame }, bucket) =>
    timesOf(frame).forEach((time, row) => (values[at.get(time)!]![bucket] = field.values[row] ?? null)),
  );
  const layout = options.rowsFrame?.layout ?? "auto";
  const buckets = columns.map(({ name }) => (numeric ? label(Number(name), options) : name));
  return { times, width: leastStep(times), buckets, values, labelsAtEdge: numeric && layout === "ge" };
}

function counted(series: DataFrame[], options: CellOptions): Cells | null {
  const points = series.flatMap((frame) => {
    const times = timesOf(frame);
    return frame.fields.filter(isNumber).flatMap((field) => times.map((time, row) => [time, field.values[row]] as const));
  }).filter(([, value]) => value !== null && value !== undefined);
  if (!points.length) return null;
  const x = bounds(points.map(([time]) => time), options.calculation?.xBuckets, rangeUtil.intervalToMs);
  const y = bounds(points.map(([, value]) => value), options.calculation?.yBuckets, Number);
  const values = Array.from({ length: x.count }, () => Array.from({ length: y.count }, (): number | null => null));
  for (const [time, value] of points) {
    const column = values[Math.floor((time - x.start) / x.size)]!;
    const bucket = Math.floor((value - y.start) / y.size);
    column[bucket] = (column[bucket] ?? 0) + 1;
  }
  const times = values.map((_, index) => x.start + index * x.size);
  const decimals = options.yAxis?.decimals ?? Math.max(0, -Math.floor(Math.log10(y.size)));
  const yAxis = { ...options.yAxis, decimals };
  const buckets = Array.from({ length: y.count }, (_, index) => label(y.start + index * y.size, { yAxis }));
  return { times, width: x.size, buckets, values, labelsAtEdge: true };
}

function bounds(values: number[], buckets: Buckets | undefined, sizeOf: (text: string) => number): { start: number; size: number; count: number } {
  const min = values.reduce((one, other) => Math.min(one, other));
  const max = values.reduce((one, other) => Math.max(one, other));
  const count = buckets?.mode === "count" && buckets.value ? Number(buckets.value) : COUNT;
  const size = buckets?.mode === "size" && buckets.value ? sizeOf(buckets.value) : nice((max - min) / count);
  const start = Math.floor(min / size) * size;
  return { start, size, count: Math.floor((max - start) / size) + 1 };
}

/** The next of 1, 2, 5, 10, … */
function nice(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size || 1));
  return (([1, 2, 5].find((step) => step * power >= size) ?? 10) as number) * power;
}

function label(value: number, { yAxis }: CellOptions): string {
  return formattedValueToString(getValueFormat(yAxis?.unit ?? "none")(value, yAxis?.decimals));
}

function timesOf(frame: DataFrame): number[] {
  return frame.fields.find((field) => field.type === FieldType.time)?.values ?? [];
}

function isNumber(field: Field): boolean {
  return field.type === FieldType.number && !field.config.custom?.hideFrom?.viz;
}

function leastStep(times: number[]): number {
  const steps = times.slice(1).map((time, index) => time - times[index]!);
  return steps.length ? steps.reduce((one, other) => Math.min(one, other)) : 3_600_000;
}
