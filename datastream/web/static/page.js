// The live page: asks the streamer once a second and hands the answers to the parts of the page.

import { getJson } from "./api.js";
import { createControls } from "./controls.js";
import { createFigures } from "./figures.js";
import { createMap } from "./map.js";
import { createTable } from "./table.js";

const PERIOD = 1000;
const PERIOD_WHEN_HIDDEN = 10000;

const figures = createFigures();
const controls = createControls((status) => {
  figures.show(status);
  wake();
});
const table = createTable(document.getElementById("stations"), point);
const mapped = document.getElementById("map"); // not every source has places
const map = mapped ? createMap(mapped, point) : { show() {}, point() {} };

let shown = "";
let wake = () => {};

function point(station) {
  table.point(station);
  map.point(station);
}

async function refresh() {
  const change = controls.change();
  const status = await getJson("/status");
  const progress = [status.state, status.position, status.observation_hour, status.rows_sent].join();
  if (progress !== shown) {
    const readings = await getJson("/stations");
    table.show(readings);
    map.show(readings);
    shown = progress;
  }
  figures.show(status);
  controls.show(status, change);
}

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
