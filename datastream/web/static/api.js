// Requests to the streamer. An answer that is not the streamer's own is an error like no answer.

/**
 * The figures of the replay, as `/status` tells them.
 * @typedef {object} Status
 * @property {string} state running, stopped, finished or failed
 * @property {string} problem why it waits or has failed; empty where nothing is wrong
 * @property {number} time_delta seconds between two rows
 * @property {number} rate rows per second
 * @property {number} rows_sent
 * @property {number} rows_failed
 * @property {number} rows_waiting
 * @property {number} rows_skipped
 * @property {number} rows_rejected
 * @property {number} rows_repaired
 * @property {number} rows_late
 * @property {number} rows_rolled_back
 * @property {number} dead_letters
 * @property {number} values_doubtful
 * @property {number} position rows of this round that were sent
 * @property {number | null} rows_total null where no end is known
 * @property {string} observation_hour an hour or a day; empty before the first row
 * @property {string} file
 * @property {string} topic
 * @property {boolean} loop
 * @property {number} stations
 * @property {number} follow seconds from one look at the files to the next; 0 where they are read once
 * @property {boolean} live whether all that existed was sent
 * @property {number | null} checked_at when the files were compared, in seconds since 1970
 * @property {number | null} late_seconds age of the newest row; null where it is not known
 */

/**
 * What a field of a row holds; undefined where the row has no such field.
 * @typedef {string | number | boolean | undefined} Value
 */

/**
 * The latest row of a station, or of whatever else the source's rows are of. Its fields differ from source to source:
 * those that the page knows by name are listed.
 * @typedef {Record<string, Value> & {
 *   AAAAMMJJHH?: string, DD?: number, FF?: number, RR1?: number, UN?: number, UX?: number,
 *   LON?: number, LAT?: number, month?: string, raining?: boolean | number,
 * }} Row
 */

/**
 * The answer to a form. One that was accepted holds the new status.
 * @typedef {(Status & { accepted: true, message: string })
 *   | { accepted: false, message: string, time_delta?: number }} Answer
 */

const PATIENCE = 5000;
const PATIENCE_FOR_ACTIONS = 30000; // a stop returns when the last rows are confirmed

/** The figures of the replay; throws where the streamer does not answer with them. @returns {Promise<Status>} */
export const getStatus = () => getJson("/status");

/** The latest rows; throws where the streamer does not answer with them. @returns {Promise<Row[]>} */
export const getRows = () => getJson("/stations");

/** @param {string} path */
async function getJson(path) {
  const response = await fetch(path, { signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

/**
 * What the streamer answers to a form; a refusal is an answer, silence throws.
 * @param {string} path
 * @param {Record<string, string>} [form]
 * @returns {Promise<Answer>}
 */
export async function postForm(path, form = {}) {
  const response = await fetch(path, {
    method: "POST",
    body: new URLSearchParams(form),
    signal: AbortSignal.timeout(PATIENCE_FOR_ACTIONS),
  });
  const answer = await response.json();
  return { accepted: response.ok, ...answer };
}
