// Longitude and latitude → places on the map: equirectangular, true to scale at the middle latitude. Pure.

/**
 * Degrees → places on the map, and back.
 * @typedef {object} Projection
 * @property {(lon: number) => number} x
 * @property {(lat: number) => number} y
 * @property {(x: number) => number} lon
 * @property {(y: number) => number} lat
 */

const SMALLEST_SPAN = 0.4; // degrees of latitude: a single station still gets a map around it
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60];
const MOST_LINES = 6;

/**
 * Fits `places` into `frame`.
 * @param {{ LON: number, LAT: number }[]} places
 * @param {{ left: number, top: number, width: number, height: number }} frame
 * @returns {Projection}
 */
export function fit(places, frame) {
  const [west, east] = extent(places.map((place) => place.LON));
  const [south, north] = extent(places.map((place) => place.LAT));
  const middle = { lon: (west + east) / 2, lat: (south + north) / 2 };
  const narrowing = Math.max(0.1, Math.cos((middle.lat * Math.PI) / 180));
  const scale = Math.min(
    frame.width / Math.max(SMALLEST_SPAN, (east - west) * narrowing),
    frame.height / Math.max(SMALLEST_SPAN, north - south),
  );
  return {
    x: (lon) => frame.left + frame.width / 2 + (lon - middle.lon) * narrowing * scale,
    y: (lat) => frame.top + frame.height / 2 - (lat - middle.lat) * scale,
    lon: (x) => middle.lon + (x - frame.left - frame.width / 2) / (narrowing * scale),
    lat: (y) => middle.lat - (y - frame.top - frame.height / 2) / scale,
  };
}

/**
 * The round degrees between two degrees, at most six of them.
 * @param {number} from
 * @param {number} to
 */
export function graticule(from, to) {
  const step = STEPS.find((one) => (to - from) / one <= MOST_LINES) ?? STEPS[STEPS.length - 1];
  /** @type {number[]} */
  const lines = [];
  for (let n = Math.ceil(from / step); n * step <= to; n += 1) lines.push(Number((n * step).toFixed(1)));
  return lines;
}

/**
 * `-4.5` with the letters `E` and `W` as `4.5° W`.
 * @param {number} value
 * @param {string} positive
 * @param {string} negative
 */
export function degrees(value, positive, negative) {
  return `${Math.abs(value)}°${value === 0 ? "" : ` ${value > 0 ? positive : negative}`}`;
}

/** @param {number[]} values */
function extent(values) {
  return [Math.min(...values), Math.max(...values)];
}
