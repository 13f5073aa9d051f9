// Where a map looks when it opens: at given coordinates, or at all its markers.
import { boundingExtent, createEmpty, Extent } from "ol/extent";
import Feature from "ol/Feature";
import Point from "ol/geom/Point";
import OpenLayersMap from "ol/Map";
import { fromLonLat } from "ol/proj";
import View from "ol/View";

export interface MapView {
  id?: string;
  lat?: number;
  lon?: number;
  zoom?: number;
  minZoom?: number;
  maxZoom?: number;
  padding?: number;
}

export function makeView({ id, lat = 0, lon = 0, zoom = 1, minZoom, maxZoom }: MapView): View {
  const center = id === "fit" ? [0, 0] : fromLonLat([lon, lat]);
  return new View({ center, zoom: id === "fit" ? 1 : zoom, minZoom, maxZoom: zoom ?? maxZoom ?? 18 });
}

export function extentOf(features: Feature<Point>[]): Extent {
  const found = features.flatMap((one) => one.getGeometry()?.getCoordinates() as number[] | undefined ?? []);
  const points = Array.from({ length: found.length / 2 }, (_, index) => [found[2 * index]!, found[2 * index + 1]!]);
  return points.length ? boundingExtent(points) : createEmpty();
}

/** Look at all of `extent`, with a margin of so many percent; `zoom` is how near that may be, as in Grafana. */
export function fit(map: OpenLayersMap, extent: Extent, { padding = 5, zoom, maxZoom }: MapView): void {
  if (!extent.every(Number.isFinite)) return;
  const [width = 0, height = 0] = map.getSize() ?? [];
  const [x, y] = [(width * padding) / 100, (height * padding) / 100];
  map.getView().fit(extent, { padding: [y, x, y, x], maxZoom: zoom ?? maxZoom ?? 18 });
}
