// A map with one marker per row, above outlines of the countries, so it needs no other server.
import { DataFrame, PanelProps } from "@grafana/data";
import { config } from "@grafana/runtime";
import { Control, defaults as controls } from "ol/control";
import { Condition } from "ol/events/condition";
import { DragPan, MouseWheelZoom, defaults as interactions } from "ol/interaction";
import VectorLayer from "ol/layer/Vector";
import OpenLayersMap from "ol/Map";
import MapBrowserEvent from "ol/MapBrowserEvent";
import VectorSource from "ol/source/Vector";
import { JSX, RefObject, useEffect, useRef, useState } from "react";

import { MapLegend } from "../map/MapLegend";
import { linksOf, MapTooltip, Pointed } from "../map/MapTooltip";
import { fieldNamed, Marker, markers, MarkersLayer } from "../map/markers";
import { colors, outlineLayers, showsCountries } from "../map/outlines";
import { extentOf, fit, makeView, MapView } from "../map/view";
import { go } from "../pages/ownLinks";
import { NoData } from "./NoData";

interface Options {
  view?: MapView;
  basemap?: { type?: string };
  layers?: MarkersLayer[];
  controls?: { showZoom?: boolean; mouseWheelZoom?: boolean; showAttribution?: boolean };
  tooltip?: { mode?: "none" | "details" };
}

interface Drawn {
  map: OpenLayersMap;
  points: VectorSource;
  fitted: string;
}

export function GeomapPanel(panel: PanelProps<Options>): JSX.Element {
  const { data, options, width, height } = panel;
  const element = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const drawn = useMap(element, options, setPointed);
  const frame = data.series[0];
  useEffect(() => {
    if (drawn.current) show(drawn.current, options, frame);
  }, [drawn, options, frame]);
  useEffect(() => {
    drawn.current?.map.updateSize();
  }, [drawn, width, height]);
  const layer = options.layers?.find(({ type }) => type === "markers");
  const coloured = frame && fieldNamed(frame, layer?.config?.style?.color?.field);
  return (
    <div style={{ position: "relative", width, height, background: colors(config.theme2).sea }}>
      <div ref={element} data-testid="map" style={{ width: "100%", height: "100%" }} />
      {coloured && frame && (layer?.config?.showLegend ?? true) && <MapLegend field={coloured} frame={frame} />}
      {layer && !frame?.length && <NoMarkers panel={panel} />}
      {pointed && options.tooltip?.mode !== "none" && <MapTooltip {...pointed} />}
    </div>
  );
}

/** The words of a map without a marker, above the map. */
function NoMarkers({ panel }: { panel: PanelProps }): JSX.Element {
  return (
    <div style={{ position: "absolute", inset: 0, pointerEvents: "none", background: `${colors(config.theme2).sea}b3` }}>
      <NoData panel={panel} />
    </div>
  );
}

function useMap(
  element: RefObject<HTMLDivElement | null>, options: Options, point: (pointed: Pointed | null) => void,
): RefObject<Drawn | null> {
  const drawn = useRef<Drawn | null>(null);
  useEffect(() => {
    const points = new VectorSource();
    const map = makeMap(element.current!, options, points);
    drawn.current = { map, points, fitted: "" };
    map.on("pointermove", (event) => {
      const marker = event.dragging ? undefined : markerAt(map, event.pixel);
      const { clientX: x, clientY: y } = event.originalEvent as MouseEvent;
      map.getTargetElement().style.cursor = marker && linksOf(marker).length ? "pointer" : "";
      point(marker ? { marker, x, y } : null);
    });
    map.on("click", (event) => {
      const marker = markerAt(map, event.pixel);
      const link = marker && linksOf(marker)[0];
      if (link) go(link.href, link.target);
    });
    const leave = (): void => point(null);
    map.getViewport().addEventListener("pointerleave", leave);
    return () => map.setTarget(undefined);
  }, []);
  return drawn;
}

function makeMap(target: HTMLElement, options: Options, points: VectorSource): OpenLayersMap {
  const shown = options.controls ?? {};
  const outlines = showsCountries(options) ? outlineLayers(config.theme2) : [];
  const wheel = shown.mouseWheelZoom ?? true;
  const map = new OpenLayersMap({
    target,
    layers: [...outlines, new VectorLayer({ source: points })],
    view: makeView(options.view ?? {}),
    controls: controls({ zoom: shown.showZoom ?? true, rotate: false, attribution: false }),
    interactions: interactions({ mouseWheelZoom: false, dragPan: false, altShiftDragRotate: false, pinchRotate: false }),
  });
  map.addInteraction(new DragPan({ condition: mouseOrTwoFingers as Condition }));
  map.getViewport().style.touchAction = "pan-x pan-y";
  if (wheel) map.addInteraction(new MouseWheelZoom());
  if (outlines.length && (shown.showAttribution ?? true)) map.addControl(attribution());
  return map;
}

/** One finger scrolls the page. */
function mouseOrTwoFingers(this: DragPan, event: MapBrowserEvent): boolean {
  const { pointerType } = event.originalEvent as PointerEvent;
  return pointerType !== "touch" || this.getPointerCount() === 2;
}

function attribution(): Control {
  const element = document.createElement("div");
  element.className = "map-attribution ol-unselectable";
  element.textContent = "Outlines: Natural Earth";
  return new Control({ element });
}

function markerAt(map: OpenLayersMap, pixel: number[]): Marker | undefined {
  return map.forEachFeatureAtPixel(pixel, (feature) => feature.get("marker") as Marker | undefined, { hitTolerance: 3 });
}

/** Draws the rows; looks at all of them again only where their places changed, so a refresh leaves the view alone. */
function show(drawn: Drawn, options: Options, frame: DataFrame | undefined): void {
  const layers = (options.layers ?? []).filter((layer) => layer.type === "markers");
  const features = frame ? layers.flatMap((layer) => markers(layer, frame, config.theme2)) : [];
  drawn.points.clear(true);
  drawn.points.addFeatures(features);
  const extent = extentOf(features);
  if (options.view?.id !== "fit" || !features.length || drawn.fitted === extent.join()) return;
  drawn.fitted = extent.join();
  fit(drawn.map, extent, options.view);
}
