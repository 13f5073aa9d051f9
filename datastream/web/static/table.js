// The latest row of each station, or whatever else the source's rows are of, as a sortable table. Data enters as text only, never as HTML.

import { NONE, compass, hour, number, shortHour } from "./format.js";

const figure = (column, decimals, grouped) => ({
  text: (reading) => number(reading[column], decimals, grouped),
  order: (reading) => reading[column],
});

const word = (column) => ({
  text: (reading) => String(reading[column] ?? NONE),
  order: (reading) => reading[column],
});

// USCRN's sentinels of a missing value are sent as they are.
const sent = (column, decimals) => {
  const value = (row) => (row[column] <= -99 ? null : row[column]);
  return { text: (row) => number(value(row), decimals), order: value };
};

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
  "November", "December"];

// How each column is written, and by what it is sorted.
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
  month: { ...word("month"), order: (row) => MONTHS.indexOf(row.month) },
  date: word("date"),
  degrees: figure("degrees", 1),
  WBANNO: word("WBANNO"),
  LST_DATE: word("LST_DATE"),
  LST_TIME: word("LST_TIME"),
  AIR_TEMPERATURE: sent("AIR_TEMPERATURE", 1),
  PRECIPITATION: sent("PRECIPITATION", 1),
  RELATIVE_HUMIDITY: sent("RELATIVE_HUMIDITY", 0),
  WIND_1_5: sent("WIND_1_5", 2),
  raining: { text: (row) => (row.raining ? "yes" : "no"), order: (row) => row.raining },
};

const names = new Intl.Collator("fr", { numeric: true });

/** The table in `element`; `onPoint(station)` is called where the pointer or the keyboard comes to a row. */
export function createTable(element, onPoint) {
  const body = element.tBodies[0];
  const headings = [...element.tHead.rows[0].cells];
  const { rowKey, rowWord } = element.dataset;
  const first = headings[0].dataset.column;
  const rows = new Map(); // station → {row, cells, reading, text}
  let sortedBy = { column: first, ascending: true };
  let pointed = null;

  function add(station) {
    const row = document.createElement("tr");
    row.dataset.station = station;
    row.tabIndex = rows.size === 0 ? 0 : -1;
    const cells = headings.map((heading, index) => {
      const cell = document.createElement(index === 0 ? "th" : "td");
      if (index === 0) cell.scope = "row";
      cell.className = heading.className;
      const mark = COLUMNS[heading.dataset.column].mark?.(cell);
      const text = document.createElement("span");
      cell.prepend(text);
      return { column: heading.dataset.column, cell, text, mark };
    });
    row.append(...cells.map(({ cell }) => cell));
    rows.set(station, { row, cells, reading: {}, json: "" });
  }

  function fill(entry, reading) {
    const json = JSON.stringify(reading);
    if (json === entry.json) return;
    Object.assign(entry, { reading, json });
    for (const { column, cell, text, mark } of entry.cells) {
      const { text: write, title } = COLUMNS[column];
      const words = write(reading);
      if (title) cell.title = title(reading);
      if (text.textContent !== words) text.textContent = words;
      cell.classList.toggle("none", words === NONE);
      mark?.(reading);
    }
  }

  function sort() {
    const { column, ascending } = sortedBy;
    const { order } = COLUMNS[column];
    const sorted = [...rows.values()].sort((one, other) =>
      compare(order(one.reading), order(other.reading), ascending)
      || names.compare(one.reading[first], other.reading[first]));
    const focused = document.activeElement;
    sorted.forEach(({ row }, index) => {
      if (body.rows[index] !== row) body.insertBefore(row, body.rows[index] ?? null);
    });
    if (body.contains(focused)) focused.focus({ preventScroll: true }); // a moved row loses the focus
    for (const heading of headings) {
      const direction = ascending ? "ascending" : "descending";
      heading.setAttribute("aria-sort", heading.dataset.column === column ? direction : "none");
    }
  }

  element.tHead.addEventListener("click", (event) => {
    const column = event.target.closest("button")?.parentElement.dataset.column;
    if (!column) return;
    sortedBy = { column, ascending: sortedBy.column === column ? !sortedBy.ascending : true };
    sort();
  });

  // A row that comes under a resting pointer, by scrolling or sorting, is not pointed at: only a moving pointer is.
  const stationOf = (target) => target.closest("#stations tbody tr")?.dataset.station ?? null;
  body.addEventListener("pointermove", (event) => onPoint(stationOf(event.target)));
  body.addEventListener("pointerleave", () => onPoint(stationOf(document.activeElement)));
  body.addEventListener("focusin", (event) => onPoint(stationOf(event.target)));
  body.addEventListener("focusout", () => onPoint(null));
  body.addEventListener("keydown", (event) => {
    const row = event.target.closest("tr");
    const next = {
      ArrowDown: row.nextElementSibling,
      ArrowUp: row.previousElementSibling,
      Home: body.firstElementChild,
      End: body.lastElementChild,
    }[event.key];
    if (!next) return;
    event.preventDefault();
    row.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });

  return {
    /** Show these readings, one of each station, and no others. */
    show(readings) {
      const present = new Set(readings.map((reading) => reading[rowKey]));
      for (const [station, { row }] of rows) {
        if (present.has(station)) continue;
        row.remove();
        rows.delete(station);
      }
      for (const reading of readings) {
        if (!rows.has(reading[rowKey])) add(reading[rowKey]);
        fill(rows.get(reading[rowKey]), reading);
      }
      sort();
      if (rows.size && !body.querySelector("[tabindex='0']")) body.rows[0].tabIndex = 0;
      document.getElementById("empty").hidden = rows.size > 0;
      document.getElementById("station-count").textContent = rows.size ? `${number(rows.size)} ${rowWord}` : "";
    },

    /** Mark one station's row, bringing it into view inside the table; null marks none. */
    point(station) {
      if (station === pointed) return;
      rows.get(pointed)?.row.classList.remove("pointed");
      pointed = station;
      const row = rows.get(station)?.row;
      if (!row) return;
      row.classList.add("pointed");
      if (!row.matches(":hover")) reveal(row);
    },
  };
}

/** Missing values go last, whichever way the others are sorted. */
function compare(one, other, ascending) {
  if (one === undefined || other === undefined) return (one === undefined) - (other === undefined);
  const order = typeof one === "number" ? one - other : names.compare(one, other);
  return ascending ? order : -order;
}

/** The hour's lowest and highest humidity: `91–94`. */
function humidity({ UN: low, UX: high }) {
  if (low === undefined || high === undefined || low === high) return number(low ?? high);
  return `${number(low)}–${number(high)}`;
}

/** Adds an arrow that flies with the wind, and the compass point that it comes from. */
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

function windTitle({ DD: direction }) {
  return direction ? `from ${direction}° (${compass(direction)})` : "";
}

/** Scrolls the table, never the page, until the row is in the part of the table that can be seen. */
function reveal(row) {
  const frame = row.closest(".scroll");
  const bounds = frame.getBoundingClientRect();
  const top = Math.max(bounds.top + row.closest("table").tHead.offsetHeight, 0);
  const bottom = Math.min(bounds.bottom, innerHeight);
  const place = row.getBoundingClientRect();
  if (bottom - top < place.height) return;
  if (place.top < top) frame.scrollTop += place.top - top;
  else if (place.bottom > bottom) frame.scrollTop += place.bottom - bottom;
}
