// The state of the replay in words and figures.

import { duration, moment, number } from "./format.js";

const COUNTS = [
  "rows_sent", "rows_skipped", "rows_rejected", "rows_repaired", "values_doubtful", "dead_letters", "rows_waiting", "rows_failed",
];
const METEOFRANCE_FILE = /^H_.+\.csv(\.gz)?$/;

/** Shows what `/status` tells, or that it tells nothing. */
export function createFigures() {
  const at = (id) => document.getElementById(id);
  let lostSince = null;

  function write(id, text) {
    if (at(id) && at(id).textContent !== text) at(id).textContent = text; // a screen reader speaks changes only
  }

  function notice(id, text) {
    at(id).hidden = !text;
    write(id, text);
  }

  function showState(state) {
    write("state", state);
    at("state").dataset.state = state;
  }

  function showProgress(status) {
    const { rows_total: total, state } = status;
    const done = state === "finished" ? total : status.position;
    const bar = at("progress");
    bar.hidden = !total && status.position > 0; // no end is known
    bar.max = total || 1;
    bar.value = total ? done : 0;
    if (total) {
      const share = number(Math.floor((1000 * done) / total) / 10, 1);
      write("progress-text", `${number(done)} of ${number(total)} rows · ${share} %${remaining(status)}`);
    } else if (state === "running" && status.position === 0) {
      bar.removeAttribute("value");
      write("progress-text", at("progress-text").dataset.preparing);
    } else {
      write("progress-text", status.position ? `${number(status.position)} rows` : "not started yet");
    }
  }

  return {
    show(status) {
      lostSince = null;
      notice("lost", "");
      document.body.classList.remove("lost");
      showState(status.state);
      notice("problem", status.problem);
      at("problem").classList.toggle("bad", status.state === "failed");
      for (const name of COUNTS) write(name, number(status[name]));
      for (const name of ["dead_letters", "rows_rejected"]) at(name)?.classList.toggle("attention", status[name] > 0);
      write("observation_hour", moment(status.observation_hour));
      write("rate", number(status.rate, status.rate < 100 ? 1 : 0));
      write("file", status.file);
      write("topic", status.topic);
      write("source", METEOFRANCE_FILE.test(status.file) ? "Météo-France, Licence Ouverte" : status.file);
      showProgress(status);
    },

    lost(error) {
      lostSince ??= new Date();
      console.debug(error);
      showState("no connection");
      document.body.classList.add("lost");
      const since = lostSince.toLocaleTimeString("en-GB");
      notice("lost", `Connection lost: the streamer has not answered since ${since}. `
        + "The figures are the last ones received; the page goes on asking.");
    },
  };
}

function remaining({ state, rate, position, rows_total: total, loop }) {
  if (state !== "running" || !(rate > 0)) return "";
  return ` · ${duration((total - position) / rate)} to ${loop ? "the next round" : "the end"} at this rate`;
}
