// How hours, numbers and directions are written for people. Pure.

export const NONE = "–";

const POINTS = ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const styles = new Map();

/** A number with a fixed count of decimals and a true minus sign; a dash where there is none. */
export function number(value, decimals = 0, useGrouping = true) {
  if (!Number.isFinite(value)) return NONE;
  const style = `${decimals} ${useGrouping}`;
  if (!styles.has(style)) {
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    styles.set(style, new Intl.NumberFormat("en", { ...digits, useGrouping, signDisplay: "negative" }));
  }
  return styles.get(style).format(value).replace("-", "−");
}

/** A day, written as it is; an hour, `2014010314`, as `2014-01-03 14:00 UTC`. */
export function moment(text) {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : text ? `${hour(text)} UTC` : NONE;
}

/** `2014010314` as `2014-01-03 14:00`. */
export function hour(text) {
  const parts = /^(\d{4})(\d{2})(\d{2})(\d{2})$/.exec(text ?? "");
  return parts ? `${parts[1]}-${parts[2]}-${parts[3]} ${parts[4]}:00` : NONE;
}

/** `2014010314` as `3 Jan 14:00`, where the year is told elsewhere. */
export function shortHour(text) {
  const long = hour(text);
  return long === NONE ? NONE : `${Number(text.slice(6, 8))} ${MONTHS[text.slice(4, 6) - 1]} ${long.slice(-5)}`;
}

/** The compass point a direction in degrees lies nearest to: 200 is SSW. */
export function compass(degrees) {
  return POINTS[Math.round(degrees / 22.5) % 16];
}

/** A number without needless digits: 0.05, 12,500. */
export function plain(value) {
  return value.toLocaleString("en", { maximumSignificantDigits: 6 });
}

/** Seconds as the two units that matter: `2 h 05 min`, `40 s`. */
export function duration(seconds) {
  const minutes = Math.round(seconds / 60);
  if (seconds < 99.5) return `${Math.max(1, Math.round(seconds))} s`;
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  if (hours >= 48) return `${plain(Math.round(hours / 24))} days`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
