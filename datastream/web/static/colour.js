// Temperature → colour. Pure.

/**
 * The lowest and the highest temperature of the scale.
 * @typedef {[low: number, high: number]} Range
 */

// From cold to warm, in steps of equal temperature: blue, cyan, green, yellow, orange, red.
const RAMP = ["#3a4cc0", "#3f8fd9", "#45b8bd", "#8cc76a", "#e6c544", "#ee8f3a", "#d0392b"].map((hex) =>
  [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));

const STEP = 5;

/**
 * The scale's range in °C: whole steps of 5 around all it was ever shown, so that a colour keeps its meaning.
 * @param {Range} range
 * @param {number[]} temperatures
 * @returns {Range}
 */
export function widen([low, high], temperatures) {
  for (const temperature of temperatures) {
    low = Math.min(low, Math.floor(temperature / STEP) * STEP);
    high = Math.max(high, Math.ceil(temperature / STEP) * STEP);
  }
  return [low, high];
}

/**
 * The colour of a temperature within a range; beyond it, that of its end.
 * @param {number} temperature
 * @param {Range} range
 */
export function colour(temperature, [low, high]) {
  const place = Math.min(1, Math.max(0, (temperature - low) / (high - low))) * (RAMP.length - 1);
  const below = Math.min(RAMP.length - 2, Math.floor(place));
  const mixed = RAMP[below].map((from, part) =>
    Math.round(from + (RAMP[below + 1][part] - from) * (place - below)));
  return `rgb(${mixed.join(" ")})`;
}
