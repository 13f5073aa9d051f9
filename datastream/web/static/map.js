// The stations on a small map, coloured by temperature. Data enters as text and numbers only, never as HTML.

import { colour, widen } from "./colour.js";
import { compass, hour, number } from "./format.js";
import { loadOutlines, outlinePath } from "./outlines.js";
import { degrees, fit, graticule } from "./projection.js";

const WIDTH = 340;
const HEIGHT = 370;
const FRAME = { left: 46, top: 2, right: WIDTH - 2, bottom: HEIGHT - 22 };
const MARGIN = 18; // between the frame and the outermost station
const RADIUS = 5.5;
const REACH = 16; // how near the pointer must come to a station
const FIRST_RANGE = [0, 15];

/**
 * The map in `svg`, whose data attributes name the fields of a row: `key`, `name`, `value` and `moment`, and the `unit`
 * of the value. `onPoint(station)` is called where the pointer comes near a station, with null where it leaves.
 */
export function createMap(svg, onPoint) {
  const of = svg.dataset;
  const lines = draw("g", { class: "graticule" }, svg);
  const coasts = createCoasts(svg, of.outlines);
  draw("rect", {
    class: "frame", rx: 4, x: FRAME.left, y: FRAME.top,
    width: FRAME.right - FRAME.left, height: FRAME.bottom - FRAME.top,
  }, svg);
  const dots = draw("g", {}, svg);
  const stations = new Map(); // station → {dot, x, y, reading}
  const tip = createTip(document.getElementById("tip"), of);
  let range = FIRST_RANGE;
  let extent = "";
  let pointed = null;

  function place(readings) {
    const now = readings.map(({ LON, LAT }) => `${LON} ${LAT}`).join();
    if (now === extent || readings.length === 0) return;
    extent = now;
    const projection = fit(readings, {
      left: FRAME.left + MARGIN,
      top: FRAME.top + MARGIN,
      width: FRAME.right - FRAME.left - 2 * MARGIN,
      height: FRAME.bottom - FRAME.top - 2 * MARGIN,
    });
    drawGraticule(lines, projection);
    coasts.show(projection);
    for (const { [of.key]: station, LON, LAT } of readings) {
      const entry = stations.get(station);
      Object.assign(entry, { x: projection.x(LON), y: projection.y(LAT) });
      set(entry.dot, { cx: entry.x.toFixed(1), cy: entry.y.toFixed(1) });
    }
  }

  function add(station) {
    const dot = draw("circle", { r: RADIUS, class: "dot" }, dots);
    dot.dataset.station = station;
    stations.set(station, { dot });
  }

  function show(all) {
    const readings = all.filter(({ LON, LAT }) => Number.isFinite(LON) && Number.isFinite(LAT));
    const present = new Set(readings.map((reading) => reading[of.key]));
    for (const [station, { dot }] of stations) {
      if (present.has(station)) continue;
      dot.remove();
      stations.delete(station);
    }
    range = widen(range, readings.map((reading) => reading[of.value]).filter(Number.isFinite));
    for (const reading of readings) {
      if (!stations.has(reading[of.key])) add(reading[of.key]);
      const entry = stations.get(reading[of.key]);
      const known = Number.isFinite(reading[of.value]);
      entry.reading = reading;
      entry.dot.classList.toggle("none", !known);
      entry.dot.setAttribute("fill", known ? colour(reading[of.value], range) : "none");
    }
    place(readings);
    drawLegend(document.getElementById("legend"), range, of.unit);
    if (pointed !== null) tip.show(stations.get(pointed));
  }

  function nearest(event) {
    const scale = WIDTH / svg.clientWidth;
    const bounds = svg.getBoundingClientRect();
    const at = { x: (event.clientX - bounds.left) * scale, y: (event.clientY - bounds.top) * scale };
    let best = { station: null, distance: REACH };
    for (const [station, { x, y }] of stations) {
      const distance = Math.hypot(x - at.x, y - at.y);
      if (distance < best.distance) best = { station, distance };
    }
    return best.station;
  }

  svg.addEventListener("pointermove", (event) => onPoint(nearest(event)));
  svg.addEventListener("pointerdown", (event) => onPoint(nearest(event)));
  svg.addEventListener("pointerleave", () => onPoint(null));
  drawLegend(document.getElementById("legend"), range, of.unit);

  return {
    show,

    /** Mark one station's dot and tell its reading; null marks none. */
    point(station) {
      if (station === pointed) return;
      stations.get(pointed)?.dot.classList.remove("pointed");
      pointed = station;
      const entry = stations.get(station);
      tip.show(entry);
      if (!entry) return;
      entry.dot.classList.add("pointed");
      dots.append(entry.dot); // above its neighbours
    },
  };
}

/** Outlines of the countries within the frame; they are read once, and drawn when they have come. */
function createCoasts(svg, address) {
  const clip = draw("clipPath", { id: "frame" }, draw("defs", {}, svg));
  draw("rect", {
    x: FRAME.left, y: FRAME.top, width: FRAME.right - FRAME.left, height: FRAME.bottom - FRAME.top,
  }, clip);
  const drawn = draw("path", { class: "coasts", "clip-path": "url(#frame)" }, svg);
  let lines = [];
  let last = null;

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

function createTip(element, of) {
  const [name, at, figures] = ["strong", "span", "span"].map((tag) =>
    element.appendChild(document.createElement(tag)));
  return {
    show(entry) {
      element.hidden = !entry;
      if (!entry) return;
      const { reading, x, y } = entry;
      name.textContent = reading[of.name];
      at.textContent = of.moment === "AAAAMMJJHH" ? `${hour(reading[of.moment])} UTC` : reading[of.moment];
      figures.textContent = inWords(reading, reading[of.value], of.unit);
      element.style.left = `${(100 * x) / WIDTH}%`;
      element.style.top = `${(100 * y) / HEIGHT}%`;
      element.classList.toggle("leftwards", x > WIDTH * 0.55);
      element.classList.toggle("upwards", y > HEIGHT * 0.6);
    },
  };
}

function inWords({ FF, DD, RR1, raining }, value, unit) {
  const words = [value === undefined ? "no temperature" : `${number(value, 1)} ${unit}`];
  if (FF !== undefined) words.push(`wind ${number(FF, 1)} m/s${DD ? ` from ${compass(DD)}` : ""}`);
  if (RR1 !== undefined) words.push(`rain ${number(RR1, 1)} mm`);
  if (raining !== undefined) words.push(raining ? "rain" : "no rain");
  return words.join("\n");
}

function draw(tag, attributes, parent) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(element, attributes);
  return parent.appendChild(element);
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}
