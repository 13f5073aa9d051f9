// The bars of a bar chart: for each category one bar per field, side by side or stacked.
import { DataFrame, Field, FieldType, formattedValueToString, getFieldDisplayName, getFieldSeriesColor } from "@grafana/data";
import { config } from "@grafana/runtime";

export type Stacking = "none" | "normal" | "percent";

export interface Bar {
  category: number;
  field: Field;
  row: number;
  name: string;
  color: string;
  text: string;
  /** Where the bar starts and ends on the axis of the values. */
  from: number;
  to: number;
  /** Which of how many bars side by side. */
  place: number;
}

export interface Bars {
  categories: string[];
  fields: Array<{ name: string; color: string; field: Field }>;
  bars: Bar[];
  places: number;
  min: number;
  max: number;
}

export function barsOf(frame: DataFrame, xField: string | undefined, stacking: Stacking): Bars | null {
  const x = categoryField(frame, xField);
  const fields = frame.fields
    .filter((field) => field !== x && field.type === FieldType.number && !field.config.custom?.hideFrom?.viz)
    .map((field) => ({
      field,
      name: getFieldDisplayName(field, frame),
      color: getFieldSeriesColor(field, config.theme2).color,
    }));
  if (!x || !fields.length || !frame.length) return null;
  const bars = Array.from({ length: frame.length }, (_, row) => rowBars(fields, row, stacking)).flat();
  const soft = fields[0]!.field.config;
  const ends = bars.flatMap((bar) => [bar.from, bar.to]);
  const most = ends.reduce((one, other) => Math.max(one, other), 0);
  const least = ends.reduce((one, other) => Math.min(one, other), 0);
  return {
    categories: x.values.map((value) => (x.display ? formattedValueToString(x.display(value)) : String(value))),
    fields,
    bars,
    places: stacking === "none" ? fields.length : 1,
    min: soft.min ?? Math.min(least * 1.1, soft.custom?.axisSoftMin ?? 0),
    max: soft.max ?? (Math.max(most * 1.1, soft.custom?.axisSoftMax ?? 0) || 1),
  };
}

function categoryField(frame: DataFrame, name: string | undefined): Field | undefined {
  const named = name ? frame.fields.find((field) => field.name === name || getFieldDisplayName(field, frame) === name) : undefined;
  return named ?? frame.fields.find((field) => field.type === FieldType.string) ?? frame.fields.find((field) => field.type === FieldType.time);
}

function rowBars(fields: Bars["fields"], row: number, stacking: Stacking): Bar[] {
  const total = fields.reduce((sum, { field }) => sum + Math.abs(field.values[row] ?? 0), 0) || 1;
  let stack = 0;
  return fields.flatMap(({ field, name, color }, index) => {
    const value: number | null = field.values[row] ?? null;
    if (value === null) return [];
    const length = stacking === "percent" ? (100 * value) / total : value;
    const from = stacking === "none" ? 0 : stack;
    stack += length;
    const shown = field.display?.(value);
    return {
      category: row, field, row, name, from, to: from + length, place: stacking === "none" ? index : 0,
      color: byValue(field) && shown?.color ? shown.color : color,
      text: shown ? formattedValueToString(shown) : String(value),
    };
  });
}

function byValue(field: Field): boolean {
  const mode = field.config.color?.mode ?? "";
  return mode === "thresholds" || mode.startsWith("continuous");
}
