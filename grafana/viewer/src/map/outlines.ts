// Outlines of the countries from Natural Earth, kept by the viewer's own server. They stand for Grafana's file of
// countries, and for the tiles of a base map, which this page asks no server for.
import { GrafanaTheme2 } from "@grafana/data";
import GeoJSON from "ol/format/GeoJSON";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import { Fill, Stroke, Style } from "ol/style";
import { feature } from "topojson-client";
import { GeometryCollection, Topology } from "topojson-specification";

import known from "../known.json";
import { cutAtDateLine } from "./dateLine";

type Detail = "50m" | "10m";

const FINE_FROM_ZOOM = 5;
const PROJECTION = "EPSG:3857";
// Every map of a page draws the same outlines, so they are read once.
const sources = new Map<Detail, VectorSource>();

interface Layers {
  basemap?: { type?: string };
  layers?: Array<{ type: string; config?: { src?: string } }>;
}

/** Whether a map shows the countries: by a layer of their outlines, or by the tiles of its base map. */
export function showsCountries({ basemap, layers = [] }: Layers): boolean {
  const outlines = layers.some(({ type, config }) => type === "geojson" && known.mapFiles.includes(config?.src ?? ""));
  return outlines || !["none", "xyz"].includes(basemap?.type ?? "default");
}

/** Coarse outlines while far away, fine ones near: the fine ones are loaded only when a map comes near. */
export function outlineLayers(theme: GrafanaTheme2): VectorLayer[] {
  const { land, border } = colors(theme);
  const style = new Style({ fill: new Fill({ color: land }), stroke: new Stroke({ color: border, width: 1 }) });
  return [
    new VectorLayer({ source: source("50m"), style, maxZoom: FINE_FROM_ZOOM }),
    new VectorLayer({ source: source("10m"), style, minZoom: FINE_FROM_ZOOM }),
  ];
}

export function colors(theme: GrafanaTheme2): { land: string; border: string; sea: string } {
  return theme.isDark
    ? { land: "#2c3037", border: "#5b616b", sea: "#14171c" }
    : { land: "#f3f1ec", border: "#a9a59b", sea: "#d5e3ea" };
}

function source(detail: Detail): VectorSource {
  const kept = sources.get(detail);
  if (kept) return kept;
  const made: VectorSource = new VectorSource({
    loader: (_extent, _resolution, _projection, success, failure) => {
      read(detail).then(
        (features) => {
          made.addFeatures(features);
          success?.(features);
        },
        () => failure?.(),
      );
    },
  });
  sources.set(detail, made);
  return made;
}

async function read(detail: Detail): Promise<ReturnType<GeoJSON["readFeatures"]>> {
  const answer = await fetch(`/static/world/${detail}.json`);
  const world = (await answer.json()) as Topology<{ countries: GeometryCollection }>;
  const { features } = feature(world, world.objects.countries);
  const countries = features.map((country) => ({ ...country, geometry: cutAtDateLine(country.geometry) }));
  return new GeoJSON().readFeatures({ type: "FeatureCollection", features: countries }, { featureProjection: PROJECTION });
}
