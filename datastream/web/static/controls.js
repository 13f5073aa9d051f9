// Start, stop and pace. What the user holds in hand is left alone; all else follows the streamer.

import { postForm } from "./api.js";
import { byId } from "./elements.js";
import { deltaAt, placeOf, words } from "./pace.js";

/** @import { Answer, Status } from "./api.js" */

/**
 * Joins the controls to the streamer; `onStatus` gets the status that each accepted action answers with.
 * @param {(status: Status) => void} onStatus
 */
export function createControls(onStatus) {
  const [start, stop, restart] = ["start", "stop", "restart"].map((id) => byId(id, HTMLButtonElement));
  const [slider, seconds] = ["slider", "seconds"].map((id) => byId(id, HTMLInputElement));
  const [pace, exact, message] = ["pace", "exact", "message"].map((id) => byId(id, HTMLElement));
  let changes = 0; // an answer to a question asked before the latest change is old
  let inFlight = 0;
  let held = false; // the slider is being dragged
  let typed = false; // the number holds what the user typed and has not sent

  /** @param {string} text */
  function say(text, bad = false) {
    message.textContent = text;
    message.classList.toggle("bad", bad);
  }

  /**
   * @param {string} path
   * @param {Record<string, string>} [form]
   * @returns {Promise<Answer>}
   */
  async function act(path, form) {
    changes += 1;
    inFlight += 1;
    try {
      const answer = await postForm(path, form);
      say(answer.message, !answer.accepted);
      if (answer.accepted) {
        showButtons(answer);
        onStatus(answer);
      }
      return answer;
    } catch {
      const silence = "The streamer does not answer: try again when the connection is back.";
      say(silence, true);
      return { accepted: false, message: silence };
    } finally {
      inFlight -= 1;
      changes += 1;
    }
  }

  /** @param {Status} status */
  function showButtons({ state }) {
    allow(start, state !== "running");
    allow(stop, state === "running");
    start.classList.toggle("primary", state !== "running");
  }

  /** @param {number} delta */
  function showPace(delta) {
    if (!held) {
      slider.value = String(placeOf(delta));
      describe(delta);
    }
    if (!typed) seconds.value = String(Number(delta.toPrecision(6)));
  }

  /** @param {number} delta */
  function describe(delta) {
    pace.textContent = words(delta);
    slider.setAttribute("aria-valuetext", words(delta));
  }

  // While one change is on its way the slider may move on: only its last place is sent then.
  /** @type {number | null} */
  let wanted = null;
  let sending = false;

  /** @param {number} delta */
  async function sendPace(delta) {
    wanted = delta;
    if (sending) return;
    sending = true;
    while (wanted !== null) {
      const next = wanted;
      wanted = null;
      const answer = await act("/time_delta", { t_delta: String(next) });
      if (wanted === null && answer.time_delta !== undefined) showPace(answer.time_delta);
    }
    sending = false;
  }

  slider.addEventListener("pointerdown", () => { held = true; });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { held = false; });
  slider.addEventListener("input", () => {
    const delta = deltaAt(slider.valueAsNumber);
    typed = false;
    describe(delta);
    sendPace(delta);
  });

  seconds.addEventListener("input", () => { typed = true; });
  exact.addEventListener("focusout", ({ relatedTarget }) => {
    const stays = relatedTarget instanceof Node && exact.contains(relatedTarget);
    if (!stays) typed = false; // what was not sent is given up
  });
  exact.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await act("/time_delta", { t_delta: seconds.value });
    if (!answer.accepted) return;
    typed = false;
    showPace(answer.time_delta);
  });

  onPress(start, () => act("/start_streaming"));
  onPress(stop, () => {
    say("Stopping …");
    act("/stop_streaming");
  });
  onPress(restart, async () => {
    if (!isAllowed(stop) || (await act("/stop_streaming")).accepted) act("/start_streaming", { restart: "1" });
  });

  return {
    /** A mark of now; hand it to `show` with the status that was asked for at that moment. */
    change: () => changes,

    /**
     * @param {Status} status
     * @param {number} change
     */
    show(status, change) {
      if (inFlight || change !== changes) return;
      showButtons(status);
      showPace(status.time_delta);
    },
  };
}

// aria-disabled instead of disabled: the button keeps the keyboard's focus when it was pressed.
/**
 * @param {HTMLButtonElement} button
 * @param {boolean} allowed
 */
function allow(button, allowed) {
  button.setAttribute("aria-disabled", String(!allowed));
}

/** @param {HTMLButtonElement} button */
function isAllowed(button) {
  return button.getAttribute("aria-disabled") !== "true";
}

/**
 * @param {HTMLButtonElement} button
 * @param {() => void} action
 */
function onPress(button, action) {
  button.addEventListener("click", () => { if (isAllowed(button)) action(); });
}
