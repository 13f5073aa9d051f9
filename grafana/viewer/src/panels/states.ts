// The states of a state timeline: values that stay the same are one state that lasts.
import { DataFrame, Field, FieldType, formattedValueToString, getFieldDisplayName } from "@grafana/data";
import { config } from "@grafana/runtime";

export interface State {
  from: number;
  to: number;
  text: string;
  color: string;
  opacity: number;
}

export interface Lane {
  name: string;
  states: State[];
}

/** One lane per field that is no time; a state lasts until the next value, the last one until `end`. */
export function lanes(series: DataFrame[], end: number, merge: boolean): Lane[] {
  return series.flatMap((frame) => {
    const time = frame.fields.find((field) => field.type === FieldType.time);
    if (!time || !frame.length) return [];
    return frame.fields
      .filter((field) => field.type !== FieldType.time && !field.config.custom?.hideFrom?.viz)
      .map((field) => ({
        name: getFieldDisplayName(field, frame, series),
        states: statesOf(field, time.values, end, merge),
      }));
  });
}

function statesOf(field: Field, times: number[], end: number, merge: boolean): State[] {
  const found: State[] = [];
  const opacity = (field.config.custom?.fillOpacity ?? 70) / 100;
  times.forEach((from, row) => {
    const value: unknown = field.values[row];
    const to = times[row + 1] ?? Math.max(from, end);
    if (value === null || value === undefined) return;
    const shown = field.display?.(value);
    const text = shown ? formattedValueToString(shown) : String(value);
    const last = found[found.length - 1];
    if (merge && last && last.text === text && last.to === from) last.to = to;
    else found.push({ from, to, text, color: shown?.color ?? paletteColor(text), opacity });
  });
  return found;
}

/** The same text has the same colour in every lane. */
function paletteColor(text: string): string {
  const palette = config.theme2.visualization.palette;
  const sum = [...text].reduce((total, letter) => (total * 31 + letter.charCodeAt(0)) % 9973, 7);
  return config.theme2.visualization.getColorByName(palette[sum % palette.length]!);
}
