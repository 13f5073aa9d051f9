// The slider's logarithmic scale: 100 steps for a tenfold rate, and one stop beyond for "as fast as possible". Pure.

import { plain } from "./format.js";

const PER_DECADE = 100;
const TOP = 400; // 10,000 rows/s
export const FASTEST = 405;

/**
 * The seconds between two rows that a place of the slider stands for.
 * @param {number} place
 */
export function deltaAt(place) {
  if (place >= FASTEST) return 0;
  const rate = Number((10 ** (place / PER_DECADE)).toPrecision(2));
  return Number((1 / rate).toPrecision(6));
}

/**
 * The place of the slider that is nearest to a time delta.
 * @param {number} delta
 */
export function placeOf(delta) {
  if (delta === 0) return FASTEST;
  return Math.min(TOP, Math.max(0, PER_DECADE * Math.log10(1 / delta)));
}

/**
 * A time delta in words: the rate, and the seconds where they say more.
 * @param {number} delta
 */
export function words(delta) {
  if (delta === 0) return "as fast as possible";
  if (delta > 1) return `one row every ${plain(delta)} s`;
  const rate = Number((1 / delta).toPrecision(3));
  return `${plain(rate)} ${rate === 1 ? "row" : "rows"}/s`;
}
