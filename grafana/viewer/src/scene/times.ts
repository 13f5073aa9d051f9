// Points in time, written as Grafana's libraries read them back from an address.
const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/;

/** An instant with milliseconds, which these libraries require; anything else (`now-6h`, epochs) as it is. */
export function exact(time: string): string {
  return INSTANT.test(time) ? new Date(time).toISOString() : time;
}

/** The search of an address with its time range written exactly. */
export function exactSearch(search: string): string {
  const parameters = new URLSearchParams(search);
  for (const name of ["from", "to"]) {
    const time = parameters.get(name);
    if (time && exact(time) !== time) parameters.set(name, exact(time));
  }
  return parameters.toString() === new URLSearchParams(search).toString() ? search : `?${parameters}`;
}
