// Outlines of the countries as lines for the map: Natural Earth, public domain, simplified (data/world/make_outlines.py).

/** @import { Projection } from "./projection.js" */

/**
 * A part of the world, in degrees.
 * @typedef {{ west: number, east: number, south: number, north: number }} Extent
 */

/**
 * A line's points in degrees, with their extent.
 * @typedef {Extent & { points: [lon: number, lat: number][] }} Line
 */

const UNITS = 100; // whole numbers in the file are hundredths of a degree

/**
 * The lines of the file at `address`; none if it cannot be read.
 * @param {string} address
 * @returns {Promise<Line[]>}
 */
export async function loadOutlines(address) {
  try {
    const answer = await fetch(address);
    return answer.ok ? (await answer.json()).map(decode) : [];
  } catch {
    return []; // a map without coasts is a map
  }
}

/**
 * The SVG path of those lines that reach into `seen`, placed by `projection`.
 * @param {Line[]} lines
 * @param {Projection} projection
 * @param {Extent} seen
 */
export function outlinePath(lines, projection, seen) {
  return lines.filter((line) => meets(line, seen)).map(({ points }) => path(points, projection)).join("");
}

/**
 * A line of the file: the first point, then the steps from each point to the next.
 * @param {number[]} numbers
 * @returns {Line}
 */
function decode(numbers) {
  /** @type {Line["points"]} */
  const points = [];
  let [lon, lat] = [0, 0];
  const extent = { west: Infinity, east: -Infinity, south: Infinity, north: -Infinity };
  for (let at = 0; at < numbers.length; at += 2) {
    lon += numbers[at];
    lat += numbers[at + 1];
    points.push([lon / UNITS, lat / UNITS]);
    extent.west = Math.min(extent.west, lon / UNITS);
    extent.east = Math.max(extent.east, lon / UNITS);
    extent.south = Math.min(extent.south, lat / UNITS);
    extent.north = Math.max(extent.north, lat / UNITS);
  }
  return { points, ...extent };
}

/**
 * @param {Extent} line
 * @param {Extent} seen
 */
function meets(line, seen) {
  return line.west <= seen.east && line.east >= seen.west && line.south <= seen.north && line.north >= seen.south;
}

/**
 * @param {Line["points"]} points
 * @param {Projection} projection
 */
function path(points, { x, y }) {
  return points.map(([lon, lat], at) => `${at ? "L" : "M"}${x(lon).toFixed(1)} ${y(lat).toFixed(1)}`).join("");
}
