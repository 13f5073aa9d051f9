// How hours, numbers and directions are written for people. Pure.

/** @import { Value } from "./api.js" */

export const NONE = "–";

const POINTS = ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** @type {Map<string, Intl.NumberFormat>} */
const styles = new Map();

/**
 * Whether a value is a number that can be shown.
 * @param {Value} value
 * @returns {value is number}
 */
export function isNumber(value) {
  return Number.isFinite(value);
}

/**
 * A number with a fixed count of decimals and a true minus sign; a dash where there is none.
 * @param {Value} value
 */
export function number(value, decimals = 0, useGrouping = true) {
  return isNumber(value) ? style(decimals, useGrouping).format(value).replace("-", "−") : NONE;
}

/**
 * @param {number} decimals
 * @param {boolean} useGrouping
 */
function style(decimals, useGrouping) {
  const name = `${decimals} ${useGrouping}`;
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const made = styles.get(name) ?? new Intl.NumberFormat("en", { ...digits, useGrouping, signDisplay: "negative" });
  styles.set(name, made);
  return made;
}

/**
 * A day, written as it is; another time as `2014-01-03 14:00 UTC`.
 * @param {string} text
 */
export function moment(text) {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : text ? `${hour(text)} UTC` : NONE;
}

/**
 * `2014010314`, `201401031405` or `2014-01-03T14:05:00.000Z` as `2014-01-03 14:00` or `14:05`.
 * @param {string | undefined} text
 */
export function hour(text) {
  const parts = /^(\d{4})-?(\d{2})-?(\d{2})T?(\d{2}):?(\d{2})?/.exec(text ?? "");
  return parts ? `${parts[1]}-${parts[2]}-${parts[3]} ${parts[4]}:${parts[5] ?? "00"}` : NONE;
}

/**
 * `2014010314` as `3 Jan 14:00`, where the year is told elsewhere.
 * @param {string | undefined} text
 */
export function shortHour(text = "") {
  const long = hour(text);
  const month = MONTHS[Number(text.slice(4, 6)) - 1];
  return long === NONE ? NONE : `${Number(text.slice(6, 8))} ${month} ${long.slice(-5)}`;
}

/**
 * The compass point a direction in degrees lies nearest to: 200 is SSW.
 * @param {number} degrees
 */
export function compass(degrees) {
  return POINTS[Math.round(degrees / 22.5) % 16];
}

/**
 * A number without needless digits: 0.05, 12,500.
 * @param {number} value
 */
export function plain(value) {
  return value.toLocaleString("en", { maximumSignificantDigits: 6 });
}

/**
 * Seconds as the two units that matter: `2 h 05 min`, `40 s`.
 * @param {number} seconds
 */
export function duration(seconds) {
  const minutes = Math.round(seconds / 60);
  if (seconds < 99.5) return `${Math.max(1, Math.round(seconds))} s`;
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  if (hours >= 48) return `${plain(Math.round(hours / 24))} days`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
