// What the page asks its own server; the server alone knows InfluxDB and the token.
import { StoreSettings } from "./flux";

export interface DashboardEntry {
  uid: string;
  title: string;
  description: string;
  tags: string[];
}

const PAUSES_MS = [200, 600, 1800];

export const listDashboards = (): Promise<DashboardEntry[]> => json("/api/dashboards");
export const datasources = (): Promise<{ datasources: StoreSettings[] }> => json("/api/settings");
export const dashboard = <T>(uid: string): Promise<T> => json(`/api/dashboards/${encodeURIComponent(uid)}`);

/** InfluxDB's annotated CSV. */
export async function runFlux(query: string, signal?: AbortSignal): Promise<string> {
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ query }), signal };
  const answer = await ask("/api/query", request);
  if (!answer.ok) throw new Error(await reason(answer));
  return answer.text();
}

async function json<T>(path: string): Promise<T> {
  const answer = await ask(path);
  if (!answer.ok) throw new Error(await reason(answer));
  return answer.json();
}

/** Asks again: a browser drops what is under way when a network interface of its machine comes or goes. */
async function ask(path: string, request: RequestInit = {}): Promise<Response> {
  for (const pause of PAUSES_MS) {
    try {
      return await fetch(path, request);
    } catch (error) {
      if (request.signal?.aborted) throw error;
      await new Promise((resume) => setTimeout(resume, pause * (0.5 + Math.random())));
    }
  }
  return fetch(path, request);
}

async function reason(answer: Response): Promise<string> {
  const body: unknown = await answer.json().catch(() => null);
  if (body && typeof body === "object" && "message" in body) return String(body.message);
  return `the viewer's server answers ${answer.status}`;
}
