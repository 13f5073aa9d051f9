// The colour schemes of heat maps, by the names that Grafana gives them.
import { colorManipulator, GrafanaTheme2 } from "@grafana/data";
import * as chromatic from "d3-scale-chromatic";

export interface HeatmapColor {
  mode?: "scheme" | "opacity";
  scheme?: string;
  fill?: string;
  exponent?: number;
  steps?: number;
  reverse?: boolean;
  min?: number;
  max?: number;
}

// Pale means little; on a dark page dark means little, so these run the other way there.
const PALE_TO_STRONG = new Set([
  "Blues", "Greens", "Greys", "Oranges", "Purples", "Reds", "BuGn", "BuPu", "GnBu", "OrRd", "PuBuGn", "PuBu", "PuRd",
  "RdPu", "YlGnBu", "YlGn", "YlOrBr", "YlOrRd",
]);

/** A share from 0 to 1 → a colour. */
export function colorScale(color: HeatmapColor, theme: GrafanaTheme2): (share: number) => string {
  const steps = Math.max(2, color.steps ?? 64);
  const exponent = color.exponent ?? 0.5;
  const stepped = (share: number): number => Math.round(Math.min(1, Math.max(0, share)) * (steps - 1)) / (steps - 1);
  if (color.mode === "opacity") {
    const fill = theme.visualization.getColorByName(color.fill ?? "dark-orange");
    return (share) => colorManipulator.alpha(fill, stepped(share) ** exponent);
  }
  const scheme = color.scheme ?? "Oranges";
  const interpolate = (chromatic as unknown as Record<string, (share: number) => string>)[`interpolate${scheme}`];
  const drawn = interpolate ?? chromatic.interpolateOranges;
  const reverse = Boolean(color.reverse) !== (theme.isDark && PALE_TO_STRONG.has(scheme));
  return (share) => drawn(reverse ? 1 - stepped(share) : stepped(share));
}
