// The markers of a map layer: one per row, placed by its coordinates, coloured by a field.
import { DataFrame, Field, getFieldDisplayName, GrafanaTheme2 } from "@grafana/data";
import Feature from "ol/Feature";
import Point from "ol/geom/Point";
import { fromLonLat } from "ol/proj";
import { Circle, Fill, Stroke, Style } from "ol/style";

interface Sized {
  fixed?: number;
  field?: string;
  min?: number;
  max?: number;
}

export interface MarkersLayer {
  type: string;
  name?: string;
  tooltip?: boolean;
  location?: { mode?: string; latitude?: string; longitude?: string };
  config?: {
    src?: string;
    showLegend?: boolean;
    style?: { size?: Sized; opacity?: number; color?: { field?: string; fixed?: string } };
  };
}

export interface Marker {
  frame: DataFrame;
  row: number;
}

export function markers(layer: MarkersLayer, frame: DataFrame, theme: GrafanaTheme2): Feature<Point>[] {
  const latitude = coordinate(frame, layer.location?.latitude, /^lat(itude)?$/i);
  const longitude = coordinate(frame, layer.location?.longitude, /^(lon|lng|longitude)$/i);
  if (!latitude || !longitude) return [];
  return Array.from({ length: frame.length }, (_, row) => row)
    .filter((row) => latitude.values[row] != null && longitude.values[row] != null)
    .map((row) => {
      const made = new Feature(new Point(fromLonLat([longitude.values[row], latitude.values[row]])));
      made.set("marker", { frame, row } satisfies Marker);
      made.setStyle(styleOf(layer, frame, row, theme));
      return made;
    });
}

export function fieldNamed(frame: DataFrame, name: string | undefined): Field | undefined {
  if (!name) return undefined;
  return frame.fields.find((field) => field.name === name || getFieldDisplayName(field, frame) === name);
}

function coordinate(frame: DataFrame, name: string | undefined, usual: RegExp): Field | undefined {
  return fieldNamed(frame, name) ?? frame.fields.find((field) => usual.test(field.name));
}

function styleOf(layer: MarkersLayer, frame: DataFrame, row: number, theme: GrafanaTheme2): Style {
  const style = layer.config?.style ?? {};
  const fill = new Fill({ color: transparent(colorOf(style.color, frame, row, theme), style.opacity ?? 0.4, theme) });
  const stroke = new Stroke({ color: theme.isDark ? "rgba(0,0,0,0.7)" : "rgba(0,0,0,0.45)", width: 1 });
  return new Style({ image: new Circle({ radius: radiusOf(style.size, frame, row), fill, stroke }) });
}

function colorOf(color: { field?: string; fixed?: string } = {}, frame: DataFrame, row: number, theme: GrafanaTheme2): string {
  const field = fieldNamed(frame, color.field);
  const value: unknown = field?.values[row];
  const shown = value === null || value === undefined ? undefined : field?.display?.(value).color;
  return shown ?? theme.visualization.getColorByName(color.fixed ?? "dark-green");
}

function transparent(color: string, opacity: number, theme: GrafanaTheme2): string {
  // Two digits of hexadecimal opacity where the colour has none; `rgb(…)` colours are rewritten.
  const hex = theme.visualization.getColorByName(color);
  const alpha = Math.round(opacity * 255).toString(16).padStart(2, "0");
  if (/^#[0-9a-f]{6}$/i.test(hex)) return hex + alpha;
  return hex.replace(/^rgb\((.*)\)$/, `rgba($1, ${opacity})`);
}

function radiusOf({ fixed, field, min = 2, max = 15 }: Sized = {}, frame: DataFrame, row: number): number {
  const sized = fieldNamed(frame, field);
  if (!sized) return fixed ?? 5;
  const values = sized.values.filter((value) => value != null) as number[];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return min + ((max - min) * ((sized.values[row] ?? least) - least)) / (most - least || 1);
}
