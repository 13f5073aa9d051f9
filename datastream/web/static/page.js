// The live page: asks the streamer once a second and hands the answers to the parts of the page.

import { getRows, getStatus } from "./api.js";
import { createControls } from "./controls.js";
import { byId } from "./elements.js";
import { createFigures } from "./figures.js";
import { createMap } from "./map.js";
import { createTable } from "./table.js";

/** @import { Row } from "./api.js" */

/**
 * A part of the page that shows the rows, and marks the one of a station; null marks none.
 * @typedef {{ show(rows: Row[]): void, point(station: string | null): void }} Shows
 */

const PERIOD = 1000;
const PERIOD_WHEN_HIDDEN = 10000;

const figures = createFigures();
const controls = createControls((status) => {
  figures.show(status);
  wake();
});
const table = createTable(byId("stations", HTMLTableElement), point);
/** @type {Shows} not every source has places */
const map = document.getElementById("map") ? createMap(byId("map", SVGSVGElement), point) : { show() {}, point() {} };

let shown = "";
let wake = () => {};

/** @param {string | null} station */
function point(station) {
  table.point(station);
  map.point(station);
}

async function refresh() {
  const change = controls.change();
  const status = await getStatus();
  const progress = [status.state, status.position, status.observation_hour, status.rows_sent].join();
  if (progress !== shown) {
    const rows = await getRows();
    table.show(rows);
    map.show(rows);
    shown = progress;
  }
  figures.show(status);
  controls.show(status, change);
}

/**
 * @param {number} milliseconds
 * @returns {Promise<void>}
 */
function pause(milliseconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

document.addEventListener("visibilitychange", () => wake());

for (;;) {
  const began = performance.now();
  try {
    await refresh();
  } catch (error) {
    figures.lost(error);
    shown = "";
  }
  const period = document.hidden ? PERIOD_WHEN_HIDDEN : PERIOD;
  await pause(Math.max(period / 4, period - (performance.now() - began)));
}
