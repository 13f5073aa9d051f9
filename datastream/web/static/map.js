// The stations on a small map, coloured by temperature. Data enters as text and numbers only, never as HTML.

import { colour, widen } from "./colour.js";
import { byId, data } from "./elements.js";
import { compass, isNumber, moment, number } from "./format.js";
import { loadOutlines, outlinePath } from "./outlines.js";
import { degrees, fit, graticule } from "./projection.js";

/** @import { Row, Value } from "./api.js" */
/** @import { Range } from "./colour.js" */
/** @import { Line } from "./outlines.js" */
/** @import { Projection } from "./projection.js" */

/**
 * The fields of a row that the map shows, and the title and the unit of the value.
 * @typedef {{ key: string, name: string, value: string, moment: string, unit: string, title: string }} Fields
 */

/**
 * A row of a station whose place is known.
 * @typedef {Row & { LON: number, LAT: number }} Placed
 */

/**
 * A station on the map: its dot, where that is drawn, and the row that it shows.
 * @typedef {{ dot: SVGCircleElement, x: number, y: number, reading: Placed }} Entry
 */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 340;
const HEIGHT = 370;
const FRAME = { left: 46, top: 2, right: WIDTH - 2, bottom: HEIGHT - 22 };
const MARGIN = 18; // between the frame and the outermost station
const RADIUS = 5.5;
const REACH = 16; // how near the pointer must come to a station
/** @type {Range} */
const FIRST_RANGE = [0, 15];

/**
 * The map in `svg`, whose data attributes name the fields of a row: `key`, `name`, `value` and `moment`, and the `title`
 * and the `unit` of the value. `onPoint(station)` is called where the pointer comes near a station, with null where it leaves.
 * @param {SVGSVGElement} svg
 * @param {(station: string | null) => void} onPoint
 */
export function createMap(svg, onPoint) {
  /** @type {Fields} */
  const of = {
    key: data(svg, "key"), name: data(svg, "name"), value: data(svg, "value"), moment: data(svg, "moment"),
    unit: data(svg, "unit"), title: data(svg, "title"),
  };
  const lines = draw("g", { class: "graticule" }, svg);
  const coasts = createCoasts(svg, data(svg, "outlines"));
  draw("rect", {
    class: "frame", rx: 4, x: FRAME.left, y: FRAME.top,
    width: FRAME.right - FRAME.left, height: FRAME.bottom - FRAME.top,
  }, svg);
  const dots = draw("g", {}, svg);
  /** @type {Map<string, Entry>} */
  const stations = new Map();
  const tip = createTip(byId("tip", HTMLElement), of);
  const legend = byId("legend", SVGSVGElement);
  let range = FIRST_RANGE;
  let extent = "";
  /** @type {string | null} */
  let pointed = null;

  /** @param {Row} reading */
  const stationOf = (reading) => String(reading[of.key]);

  /** @param {Placed[]} readings */
  function place(readings) {
    const now = readings.map((reading) => `${stationOf(reading)} ${reading.LON} ${reading.LAT}`).join();
    if (now === extent) return;
    extent = now;
    if (readings.length === 0) return;
    const projection = fit(readings, {
      left: FRAME.left + MARGIN,
      top: FRAME.top + MARGIN,
      width: FRAME.right - FRAME.left - 2 * MARGIN,
      height: FRAME.bottom - FRAME.top - 2 * MARGIN,
    });
    drawGraticule(lines, projection);
    coasts.show(projection);
    for (const entry of stations.values()) {
      entry.x = projection.x(entry.reading.LON);
      entry.y = projection.y(entry.reading.LAT);
      set(entry.dot, { cx: entry.x.toFixed(1), cy: entry.y.toFixed(1) });
    }
  }

  /**
   * A dot for a station; `place` says where.
   * @param {string} station
   * @param {Placed} reading
   * @returns {Entry}
   */
  function add(station, reading) {
    const dot = draw("circle", { r: RADIUS, class: "dot" }, dots);
    dot.dataset.station = station;
    const entry = { dot, x: NaN, y: NaN, reading };
    stations.set(station, entry);
    return entry;
  }

  /** @param {Row[]} all */
  function show(all) {
    const readings = all.filter(isPlaced);
    const present = new Set(readings.map(stationOf));
    for (const [station, { dot }] of stations) {
      if (present.has(station)) continue;
      dot.remove();
      stations.delete(station);
    }
    range = widen(range, readings.map((reading) => reading[of.value]).filter(isNumber));
    for (const reading of readings) {
      const station = stationOf(reading);
      const entry = stations.get(station) ?? add(station, reading);
      const value = reading[of.value];
      entry.reading = reading;
      entry.dot.classList.toggle("none", !isNumber(value));
      entry.dot.setAttribute("fill", isNumber(value) ? colour(value, range) : "none");
    }
    place(readings);
    drawLegend(legend, range, of.unit);
    if (pointed !== null) tip.show(stations.get(pointed));
  }

  /** @param {PointerEvent} event */
  function nearest(event) {
    const scale = WIDTH / svg.clientWidth;
    const bounds = svg.getBoundingClientRect();
    const at = { x: (event.clientX - bounds.left) * scale, y: (event.clientY - bounds.top) * scale };
    /** @type {string | null} */
    let best = null;
    let smallest = REACH;
    for (const [station, { x, y }] of stations) {
      const distance = Math.hypot(x - at.x, y - at.y);
      if (distance < smallest) [best, smallest] = [station, distance];
    }
    return best;
  }

  svg.addEventListener("pointermove", (event) => onPoint(nearest(event)));
  svg.addEventListener("pointerdown", (event) => onPoint(nearest(event)));
  svg.addEventListener("pointerleave", () => onPoint(null));
  drawLegend(legend, range, of.unit);

  /** @param {string | null} station */
  const entryOf = (station) => (station === null ? undefined : stations.get(station));

  return {
    show,

    /**
     * Mark one station's dot and tell its reading; null marks none.
     * @param {string | null} station
     */
    point(station) {
      if (station === pointed) return;
      entryOf(pointed)?.dot.classList.remove("pointed");
      pointed = station;
      const entry = entryOf(station);
      tip.show(entry);
      if (!entry) return;
      entry.dot.classList.add("pointed");
      dots.append(entry.dot); // above its neighbours
    },
  };
}

/**
 * Whether the place of the row's station is known.
 * @param {Row} row
 * @returns {row is Placed}
 */
function isPlaced(row) {
  return isNumber(row.LON) && isNumber(row.LAT);
}

/**
 * Outlines of the countries within the frame; they are read once, and drawn when they have come.
 * @param {SVGSVGElement} svg
 * @param {string} address
 */
function createCoasts(svg, address) {
  const clip = draw("clipPath", { id: "frame" }, draw("defs", {}, svg));
  draw("rect", {
    x: FRAME.left, y: FRAME.top, width: FRAME.right - FRAME.left, height: FRAME.bottom - FRAME.top,
  }, clip);
  const drawn = draw("path", { class: "coasts", "clip-path": "url(#frame)" }, svg);
  /** @type {Line[]} */
  let lines = [];
  /** @type {Projection | null} */
  let last = null;

  /** @param {Projection} projection */
  function show(projection) {
    last = projection;
    const seen = {
      west: projection.lon(FRAME.left), east: projection.lon(FRAME.right),
      south: projection.lat(FRAME.bottom), north: projection.lat(FRAME.top),
    };
    drawn.setAttribute("d", outlinePath(lines, projection, seen));
  }

  loadOutlines(address).then((found) => {
    lines = found;
    if (last) show(last);
  });
  return { show };
}

/**
 * @param {SVGGElement} group
 * @param {Projection} projection
 */
function drawGraticule(group, projection) {
  group.replaceChildren();
  for (const lon of graticule(projection.lon(FRAME.left), projection.lon(FRAME.right))) {
    const x = projection.x(lon);
    draw("line", { x1: x, x2: x, y1: FRAME.top, y2: FRAME.bottom }, group);
    draw("text", { x, y: FRAME.bottom + 16, "text-anchor": "middle" }, group).textContent = degrees(lon, "E", "W");
  }
  for (const lat of graticule(projection.lat(FRAME.bottom), projection.lat(FRAME.top))) {
    const y = projection.y(lat);
    draw("line", { x1: FRAME.left, x2: FRAME.right, y1: y, y2: y }, group);
    draw("text", { x: FRAME.left - 6, y: y + 4, "text-anchor": "end" }, group).textContent = degrees(lat, "N", "S");
  }
}

/**
 * @param {SVGSVGElement} svg
 * @param {Range} range
 * @param {string} unit
 */
function drawLegend(svg, [low, high], unit) {
  const label = `Colours from ${number(low)} to ${number(high)} ${unit}`;
  if (svg.getAttribute("aria-label") === label) return;
  svg.setAttribute("aria-label", label);
  svg.replaceChildren();
  const gradient = draw("linearGradient", { id: "temperatures" }, draw("defs", {}, svg));
  for (let part = 0; part <= 24; part += 1) {
    const temperature = low + ((high - low) * part) / 24;
    draw("stop", { offset: part / 24, "stop-color": colour(temperature, [low, high]) }, gradient);
  }
  const [left, width] = [FRAME.left, 212];
  draw("rect", { x: left, y: 4, width, height: 9, rx: 4.5, fill: "url(#temperatures)" }, svg);
  for (let temperature = low; temperature <= high; temperature += 5 * Math.ceil((high - low) / 40)) {
    const x = left + (width * (temperature - low)) / (high - low);
    draw("text", { x, y: 28, "text-anchor": "middle" }, svg).textContent = number(temperature);
  }
  draw("circle", { class: "dot none", cx: 284, cy: 8.5, r: RADIUS - 1, fill: "none" }, svg);
  draw("text", { x: 294, y: 12.5 }, svg).textContent = "none";
}

/**
 * The words beside the station that is pointed at.
 * @param {HTMLElement} element
 * @param {Fields} of
 */
function createTip(element, of) {
  const [name, at, figures] = ["strong", "span", "span"].map((tag) =>
    element.appendChild(document.createElement(tag)));
  return {
    /** @param {Entry | undefined} entry */
    show(entry) {
      element.hidden = !entry;
      if (!entry) return;
      const { reading, x, y } = entry;
      name.textContent = String(reading[of.name] ?? "");
      at.textContent = moment(String(reading[of.moment] ?? ""));
      figures.textContent = inWords(reading, reading[of.value], of);
      element.style.left = `${(100 * x) / WIDTH}%`;
      element.style.top = `${(100 * y) / HEIGHT}%`;
      element.classList.toggle("leftwards", x > WIDTH * 0.55);
      element.classList.toggle("upwards", y > HEIGHT * 0.6);
    },
  };
}

/**
 * @param {Row} reading
 * @param {Value} value
 * @param {Fields} of
 */
function inWords({ FF, DD, RR1, raining }, value, { title, unit }) {
  const words = [value === undefined ? `no ${title.toLowerCase()}` : `${number(value, 1)} ${unit}`];
  if (FF !== undefined) words.push(`wind ${number(FF, 1)} m/s${DD ? ` from ${compass(DD)}` : ""}`);
  if (RR1 !== undefined) words.push(`rain ${number(RR1, 1)} mm`);
  if (raining !== undefined) words.push(raining ? "rain" : "no rain");
  return words.join("\n");
}

/**
 * A new element of an SVG picture at the end of `parent`.
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number>} attributes
 * @param {SVGElement} parent
 */
function draw(tag, attributes, parent) {
  const element = document.createElementNS(SVG, tag);
  set(element, attributes);
  return parent.appendChild(element);
}

/**
 * @param {SVGElement} element
 * @param {Record<string, string | number>} attributes
 */
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}
