// Starts the page: Grafana's libraries first, then the address decides what is shown.
import "ol/ol.css";
import "uplot/dist/uPlot.min.css";
import "./page.css";

import { DataSourceApi } from "@grafana/data";
import { createRoot } from "react-dom/client";

import { datasources } from "./data/api";
import { InfluxDB } from "./data/datasource";
import { prepare } from "./grafana/environment";
import { App } from "./pages/App";
import { registerPanels, unknownPanel } from "./panels/registry";

async function start(root: HTMLElement): Promise<void> {
  const stores = (await datasources()).datasources;
  await prepare(stores.map((store) => new InfluxDB(store) as unknown as DataSourceApi), unknownPanel);
  registerPanels();
  createRoot(root).render(<App />);
}

const root = document.getElementById("root") as HTMLElement;
start(root).catch((error: unknown) => {
  root.textContent = `The dashboards cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
});
