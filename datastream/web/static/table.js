// The latest row of each station, or whatever else the source's rows are of, as a sortable table. Data enters as text only, never as HTML.

import { byId, data } from "./elements.js";
import { NONE, compass, hour, isNumber, number, shortHour } from "./format.js";

/** @import { Row, Value } from "./api.js" */

/**
 * How a column is written, and by what it is sorted. `mark` puts a sign into a cell; what it returns draws a row's.
 * @typedef {object} Column
 * @property {(row: Row) => string} text
 * @property {(row: Row) => Value} order
 * @property {(row: Row) => string} [title]
 * @property {(cell: HTMLElement) => (row: Row) => void} [mark]
 */

/**
 * A row of the table with what it shows.
 * @typedef {object} Entry
 * @property {HTMLTableRowElement} row
 * @property {{ column: Column, cell: HTMLElement, text: HTMLElement, mark?: (row: Row) => void }[]} cells
 * @property {Row} reading
 * @property {string} json
 */

// USCRN's sentinels of a missing value are sent as they are: -99 and numbers far below.
const LARGEST_SENTINEL = -99;

/** @type {(field: string, decimals: number, grouped?: boolean) => Column} */
const figure = (field, decimals, grouped) => ({
  text: (reading) => number(reading[field], decimals, grouped),
  order: (reading) => reading[field],
});

/** @type {(field: string) => Column} */
const word = (field) => ({
  text: (reading) => String(reading[field] ?? NONE),
  order: (reading) => reading[field],
});

/** @type {(field: string, decimals: number) => Column} */
const sent = (field, decimals) => {
  /** @param {Row} row */
  const value = (row) => {
    const found = row[field];
    return isNumber(found) && found > LARGEST_SENTINEL ? found : undefined;
  };
  return { text: (row) => number(value(row), decimals), order: value };
};

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
  "November", "December"];

/** @type {Record<string, Column>} */
const COLUMNS = {
  NOM_USUEL: word("NOM_USUEL"),
  AAAAMMJJHH: {
    text: (reading) => shortHour(reading.AAAAMMJJHH),
    title: (reading) => `${hour(reading.AAAAMMJJHH)} UTC`,
    order: (reading) => reading.AAAAMMJJHH,
  },
  T: figure("T", 1),
  TN: figure("TN", 1),
  TX: figure("TX", 1),
  RR1: figure("RR1", 1),
  FF: { ...figure("FF", 1), title: windTitle, mark: windMark },
  UN: { text: humidity, order: (reading) => reading.UN ?? reading.UX },
  PSTAT: figure("PSTAT", 1, false),
  VV: figure("VV", 0),
  station: word("station"),
  station_id: word("station_id"),
  month: { ...word("month"), order: (row) => MONTHS.indexOf(row.month ?? "") },
  date: word("date"),
  degrees: figure("degrees", 1),
  time: { ...word("time"), text: (row) => hour(String(row.time)) },
  WBANNO: word("WBANNO"),
  LST_DATE: word("LST_DATE"),
  LST_TIME: word("LST_TIME"),
  AIR_TEMPERATURE: sent("AIR_TEMPERATURE", 1),
  PRECIPITATION: sent("PRECIPITATION", 1),
  RELATIVE_HUMIDITY: sent("RELATIVE_HUMIDITY", 0),
  WIND_1_5: sent("WIND_1_5", 2),
  raining: { text: (row) => (row.raining ? "yes" : "no"), order: (row) => row.raining },
};

/**
 * The column of a heading. One of a table of the user's own shows its numbers as they are.
 * @param {HTMLElement} heading
 * @returns {Column}
 */
function columnOf(heading) {
  const field = data(heading, "column");
  const own = word(field);
  return COLUMNS[field] ?? (heading.classList.contains("numeric") ? { ...own, text: (row) => shown(row[field]) } : own);
}

/** @param {Value} value */
const shown = (value) => (isNumber(value) ? String(value).replace("-", "−") : NONE);

const names = new Intl.Collator("fr", { numeric: true });

/**
 * The table in `element`; `onPoint(station)` is called where the pointer or the keyboard comes to a row.
 * @param {HTMLTableElement} element
 * @param {(station: string | null) => void} onPoint
 */
export function createTable(element, onPoint) {
  const body = element.tBodies[0];
  const head = element.createTHead(); // the one that it has
  const headings = [...head.rows[0].cells];
  const fields = headings.map((heading) => data(heading, "column"));
  const columns = headings.map(columnOf);
  const rowKey = data(element, "rowKey");
  const rowWord = data(element, "rowWord");
  const [empty, count] = ["empty", "station-count"].map((id) => byId(id, HTMLElement));
  /** @type {Map<string, Entry>} */
  const rows = new Map();
  let sortedBy = { field: fields[0], ascending: true };
  /** @type {string | null} */
  let pointed = null;

  /** @param {string} station */
  function add(station) {
    const row = document.createElement("tr");
    row.dataset.station = station;
    row.tabIndex = rows.size === 0 ? 0 : -1;
    const cells = headings.map((heading, index) => {
      const cell = document.createElement(index === 0 ? "th" : "td");
      if (index === 0) cell.scope = "row";
      cell.className = heading.className;
      const column = columns[index];
      const mark = column.mark?.(cell);
      const text = document.createElement("span");
      cell.prepend(text);
      return { column, cell, text, mark };
    });
    row.append(...cells.map(({ cell }) => cell));
    const entry = { row, cells, reading: {}, json: "" };
    rows.set(station, entry);
    return entry;
  }

  /**
   * @param {Entry} entry
   * @param {Row} reading
   */
  function fill(entry, reading) {
    const json = JSON.stringify(reading);
    if (json === entry.json) return;
    Object.assign(entry, { reading, json });
    for (const { column, cell, text, mark } of entry.cells) {
      const words = column.text(reading);
      if (column.title) cell.title = column.title(reading);
      if (text.textContent !== words) text.textContent = words;
      cell.classList.toggle("none", words === NONE);
      mark?.(reading);
    }
  }

  function sort() {
    const { field, ascending } = sortedBy;
    const { order } = columns[fields.indexOf(field)];
    const sorted = [...rows.values()].sort((one, other) =>
      compare(order(one.reading), order(other.reading), ascending)
      || names.compare(String(one.reading[fields[0]]), String(other.reading[fields[0]])));
    const focused = document.activeElement;
    sorted.forEach(({ row }, index) => {
      if (body.rows[index] !== row) body.insertBefore(row, body.rows[index] ?? null);
    });
    if (focused instanceof HTMLElement && body.contains(focused)) {
      focused.focus({ preventScroll: true }); // a moved row loses the focus
    }
    const direction = ascending ? "ascending" : "descending";
    headings.forEach((heading, index) => {
      heading.setAttribute("aria-sort", fields[index] === field ? direction : "none");
    });
  }

  headings.forEach((heading, index) => heading.querySelector("button")?.addEventListener("click", () => {
    const field = fields[index];
    sortedBy = { field, ascending: sortedBy.field === field ? !sortedBy.ascending : true };
    sort();
  }));

  // A row that comes under a resting pointer, by scrolling or sorting, is not pointed at: only a moving pointer is.
  /** @param {EventTarget | null} target */
  const stationOf = (target) => rowOf(target)?.dataset.station ?? null;
  body.addEventListener("pointermove", (event) => onPoint(stationOf(event.target)));
  body.addEventListener("pointerleave", () => onPoint(stationOf(document.activeElement)));
  body.addEventListener("focusin", (event) => onPoint(stationOf(event.target)));
  body.addEventListener("focusout", () => onPoint(null));
  body.addEventListener("keydown", (event) => {
    const row = rowOf(event.target);
    if (!row) return;
    const next = neighbour(row, event.key);
    if (!(next instanceof HTMLElement)) return;
    event.preventDefault();
    row.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });

  /**
   * The table's row that is the target of an event, or holds it.
   * @param {EventTarget | null} target
   */
  function rowOf(target) {
    const row = target instanceof Element ? target.closest("tr") : null;
    return row && body.contains(row) ? row : null;
  }

  /**
   * The row that a key leads to.
   * @param {HTMLTableRowElement} row
   * @param {string} key
   */
  function neighbour(row, key) {
    switch (key) {
      case "ArrowDown": return row.nextElementSibling;
      case "ArrowUp": return row.previousElementSibling;
      case "Home": return body.firstElementChild;
      case "End": return body.lastElementChild;
      default: return null;
    }
  }

  /** @param {string | null} station */
  const entryOf = (station) => (station === null ? undefined : rows.get(station));

  /** @param {Row} reading */
  const keyOf = (reading) => String(reading[rowKey]);

  return {
    /**
     * Show these readings, one of each station, and no others.
     * @param {Row[]} readings
     */
    show(readings) {
      const present = new Set(readings.map(keyOf));
      for (const [station, { row }] of rows) {
        if (present.has(station)) continue;
        row.remove();
        rows.delete(station);
      }
      for (const reading of readings) {
        const station = keyOf(reading);
        fill(rows.get(station) ?? add(station), reading);
      }
      sort();
      if (rows.size && !body.querySelector("[tabindex='0']")) body.rows[0].tabIndex = 0;
      empty.hidden = rows.size > 0;
      count.textContent = rows.size ? `${number(rows.size)} ${rowWord}` : "";
    },

    /**
     * Mark one station's row, bringing it into view inside the table; null marks none.
     * @param {string | null} station
     */
    point(station) {
      if (station === pointed) return;
      entryOf(pointed)?.row.classList.remove("pointed");
      pointed = station;
      const row = entryOf(station)?.row;
      if (!row) return;
      row.classList.add("pointed");
      if (!row.matches(":hover")) reveal(row, head);
    },
  };
}

/**
 * Missing values go last, whichever way the others are sorted.
 * @param {Value} one
 * @param {Value} other
 * @param {boolean} ascending
 */
function compare(one, other, ascending) {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  const numbers = typeof one === "number" && typeof other === "number";
  const order = numbers ? one - other : names.compare(String(one), String(other));
  return ascending ? order : -order;
}

/**
 * The hour's lowest and highest humidity: `91–94`.
 * @param {Row} reading
 */
function humidity({ UN: low, UX: high }) {
  if (low === undefined || high === undefined || low === high) return number(low ?? high);
  return `${number(low)}–${number(high)}`;
}

/**
 * Adds an arrow that flies with the wind, and the compass point that it comes from.
 * @param {HTMLElement} cell
 * @returns {(row: Row) => void}
 */
function windMark(cell) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "-8 -8 16 16");
  svg.setAttribute("class", "arrow");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M0 7V-6M-4-2 0-6.500 4-2");
  svg.append(path);
  const from = document.createElement("span");
  from.className = "from";
  cell.append(svg, from);
  return ({ DD: direction, FF: speed }) => {
    const blows = direction !== undefined && direction !== 0;
    svg.classList.toggle("still", !blows);
    if (blows) path.setAttribute("transform", `rotate(${(direction + 180) % 360})`);
    from.textContent = blows ? compass(direction) : direction === 0 && speed !== undefined ? "calm" : "";
  };
}

/** @param {Row} reading */
function windTitle({ DD: direction }) {
  return direction ? `from ${direction}° (${compass(direction)})` : "";
}

/**
 * Scrolls the table, never the page, until the row is in the part of the table that can be seen.
 * @param {HTMLTableRowElement} row
 * @param {HTMLTableSectionElement} head
 */
function reveal(row, head) {
  const frame = row.closest(".scroll");
  if (!frame) return;
  const bounds = frame.getBoundingClientRect();
  const top = Math.max(bounds.top + head.offsetHeight, 0);
  const bottom = Math.min(bounds.bottom, innerHeight);
  const place = row.getBoundingClientRect();
  if (bottom - top < place.height) return;
  if (place.top < top) frame.scrollTop += place.top - top;
  else if (place.bottom > bottom) frame.scrollTop += place.bottom - bottom;
}
