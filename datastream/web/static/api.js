// Requests to the streamer. An answer that is not the streamer's own is an error like no answer.

const PATIENCE = 5000;
const PATIENCE_FOR_ACTIONS = 30000; // a stop returns when the last rows are confirmed

/** The JSON of a GET; throws where the streamer does not answer with it. */
export async function getJson(path) {
  const response = await fetch(path, { signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

/** What the streamer answers to a form: `{accepted, message, …}`; a refusal is an answer, silence throws. */
export async function postForm(path, form = {}) {
  const response = await fetch(path, {
    method: "POST",
    body: new URLSearchParams(form),
    signal: AbortSignal.timeout(PATIENCE_FOR_ACTIONS),
  });
  const answer = await response.json();
  return { accepted: response.ok, ...answer };
}
