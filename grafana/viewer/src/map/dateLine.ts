// Cuts outlines at the date line. Natural Earth's rings go on beyond it as if the longitudes had not jumped from 180 to
// -180, and a map would draw that jump as a line across the world. Pure; positions are [longitude, latitude].
import { Geometry, MultiPolygon, Polygon, Position } from "geojson";

type Ring = Position[];

const TURN = 360;
const EDGE = 180;

/** The same area as polygons that each lie between -180 and 180; any other geometry as it is. */
export function cutAtDateLine(geometry: Geometry): Geometry {
  if (geometry.type === "Polygon") return cut([geometry.coordinates], geometry);
  return geometry.type === "MultiPolygon" ? cut(geometry.coordinates, geometry) : geometry;
}

function cut(polygons: Ring[][], geometry: Polygon | MultiPolygon): Geometry {
  if (!polygons.flat().some(jumps)) return geometry;
  return { type: "MultiPolygon", coordinates: polygons.flatMap((rings) => (rings.some(jumps) ? pieces(rings) : [rings])) };
}

function jumps(ring: Ring): boolean {
  return ring.some((position, index) => index > 0 && Math.abs(position[0]! - ring[index - 1]![0]!) > EDGE);
}

/** A polygon's part in each turn around the world, moved to where the map is. */
function pieces(rings: Ring[]): Ring[][] {
  const [outer, ...holes] = rings.map(unrolled) as [Ring, ...Ring[]];
  const middle = (lowest(outer) + highest(outer)) / 2;
  const placed = [outer, ...holes.map((hole) => moved(hole, TURN * Math.round((middle - hole[0]![0]!) / TURN)))];
  const found: Ring[][] = [];
  for (let turn = Math.round(lowest(outer) / TURN); turn <= Math.round(highest(outer) / TURN); turn += 1) {
    const parts = placed.map((ring) => between(moved(ring, -TURN * turn))).filter((ring) => ring.length > 3);
    if (parts.length) found.push(parts);
  }
  return found;
}

/** The ring with longitudes that never jump; one around a pole is closed along that pole. */
function unrolled(ring: Ring): Ring {
  let turns = 0;
  const found = ring.map((position, index) => {
    const step = index ? position[0]! - ring[index - 1]![0]! : 0;
    if (Math.abs(step) > EDGE) turns -= Math.sign(step);
    return [position[0]! + TURN * turns, position[1]!];
  });
  if (turns === 0) return found;
  const [first, last] = [found[0]!, found.at(-1)!];
  const pole = first[1]! < 0 ? -90 : 90;
  return [...found, [last[0]!, pole], [first[0]!, pole], first];
}

/** The part of a ring between the two sides of the date line, closed along them. */
function between(ring: Ring): Ring {
  const eastern = clipped(ring, (longitude) => longitude >= -EDGE, -EDGE);
  const found = clipped(eastern, (longitude) => longitude <= EDGE, EDGE);
  const [first, last] = [found[0], found.at(-1)];
  return first && last && (first[0] !== last[0] || first[1] !== last[1]) ? [...found, first] : found;
}

function clipped(ring: Ring, inside: (longitude: number) => boolean, edge: number): Ring {
  return ring.flatMap((position, index) => {
    const before = ring[(index || ring.length) - 1]!;
    const crosses = inside(before[0]!) !== inside(position[0]!);
    return [...(crosses ? [crossing(before, position, edge)] : []), ...(inside(position[0]!) ? [position] : [])];
  });
}

function crossing([west, south]: Position, [east, north]: Position, edge: number): Position {
  return [edge, south! + ((north! - south!) * (edge - west!)) / (east! - west!)];
}

function moved(ring: Ring, by: number): Ring {
  return by ? ring.map(([longitude, latitude]) => [longitude! + by, latitude!]) : ring;
}

function lowest(ring: Ring): number {
  return ring.reduce((least, position) => Math.min(least, position[0]!), Infinity);
}

function highest(ring: Ring): number {
  return ring.reduce((most, position) => Math.max(most, position[0]!), -Infinity);
}
