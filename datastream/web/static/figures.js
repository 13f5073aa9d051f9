// The state of the replay in words and figures.

import { byId, data } from "./elements.js";
import { duration, moment, number } from "./format.js";

/** @import { Status } from "./api.js" */

const COUNTS = /** @type {const} */ ([
  "rows_sent", "rows_skipped", "rows_rejected", "rows_repaired", "rows_late", "rows_rolled_back", "values_doubtful", "dead_letters", "rows_waiting", "rows_failed",
]);
const ALARMING = /** @type {const} */ (["dead_letters", "rows_rejected"]);
const METEOFRANCE_FILE = /^H_.+\.csv(\.gz)?$/;

/** Shows what `/status` tells, or that it tells nothing. */
export function createFigures() {
  const [state, lost, problem] = ["state", "lost", "problem"].map((id) => byId(id, HTMLElement));
  const bar = byId("progress", HTMLProgressElement);
  const progress = byId("progress-text", HTMLElement);
  /** @type {Date | null} */
  let lostSince = null;

  /**
   * @param {HTMLElement} element
   * @param {string} text
   */
  function write(element, text) {
    if (element.textContent !== text) element.textContent = text; // a screen reader speaks changes only
  }

  /**
   * Not every source has each figure.
   * @param {string} id
   * @param {string} text
   */
  function fill(id, text) {
    const element = document.getElementById(id);
    if (element) write(element, text);
  }

  /**
   * @param {HTMLElement} element
   * @param {string} text
   */
  function notice(element, text) {
    element.hidden = !text;
    write(element, text);
  }

  /** @param {string} name */
  function showState(name, words = name) {
    write(state, words);
    state.dataset.state = name;
  }

  /** @param {Status} status */
  function showProgress(status) {
    const { rows_total: total, position } = status;
    bar.hidden = !total && position > 0; // no end is known
    bar.max = total || 1;
    bar.value = 0;
    if (isLive(status)) {
      bar.max = bar.value = 1;
      write(progress, `${number(position)} rows${age(status)}`);
    } else if (total) {
      const done = status.state === "finished" ? total : position;
      bar.value = done;
      const share = number(Math.floor((1000 * done) / total) / 10, 1);
      write(progress, `${number(done)} of ${number(total)} rows · ${share} %${remaining(status, total)}`);
    } else if (status.state === "running" && position === 0) {
      bar.removeAttribute("value");
      write(progress, data(progress, "preparing"));
    } else {
      write(progress, position ? `${number(position)} rows` : "not started yet");
    }
  }

  return {
    /** @param {Status} status */
    show(status) {
      lostSince = null;
      notice(lost, "");
      document.body.classList.remove("lost");
      showState(status.state, status.follow && status.state === "running" ? (status.live ? "live" : "history") : status.state);
      notice(problem, status.problem);
      problem.classList.toggle("bad", status.state === "failed");
      for (const name of COUNTS) fill(name, number(status[name]));
      for (const name of ALARMING) document.getElementById(name)?.classList.toggle("attention", status[name] > 0);
      fill("observation_hour", moment(status.observation_hour));
      fill("rate", number(status.rate, status.rate < 100 ? 1 : 0));
      fill("file", status.file);
      fill("topic", status.topic);
      fill("source", METEOFRANCE_FILE.test(status.file) ? "Météo-France, Licence Ouverte" : status.file);
      showProgress(status);
    },

    /** @param {unknown} error */
    lost(error) {
      lostSince ??= new Date();
      console.debug(error);
      showState("no connection");
      document.body.classList.add("lost");
      const since = lostSince.toLocaleTimeString("en-GB");
      notice(lost, `Connection lost: the streamer has not answered since ${since}. `
        + "The page shows the last values received and keeps trying.");
    },
  };
}

/**
 * Whether all that existed was sent, and the files are polled for new rows.
 * @param {Status} status
 */
function isLive({ state, live }) {
  return state === "running" && live;
}

/**
 * How old the newest row is, and how long ago the files were compared.
 * @param {Status} status
 */
function age({ late_seconds: late, checked_at: checked }) {
  const ago = checked === null ? "" : ` · files compared ${duration(Date.now() / 1000 - checked)} ago`;
  return (late === null ? "" : ` · late by ${duration(late)}`) + ago;
}

/**
 * @param {Status} status
 * @param {number} total
 */
function remaining({ state, rate, position, loop }, total) {
  if (state !== "running" || !(rate > 0)) return "";
  return ` · ${duration((total - position) / rate)} to ${loop ? "the next round" : "the end"} at this rate`;
}
