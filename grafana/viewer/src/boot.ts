// What a Grafana server would write into its page. Grafana's libraries read it while they load, so it is a script
// of its own that runs before the application.
import { chosenTheme } from "./theme";

interface GrafanaWindow {
  grafanaBootData: object;
  __grafana_public_path__: string;
  __zod_globalConfig: object;
}

const page = window as unknown as GrafanaWindow;
page.__grafana_public_path__ = "/static/";
// One library compiles its checks with `new Function`, which the page's security policy forbids.
page.__zod_globalConfig = { jitless: true };
page.grafanaBootData = {
  settings: { buildInfo: { version: "13.2.2", commit: "", env: "production" }, featureToggles: {}, datasources: {} },
  user: { theme: chosenTheme(), timezone: "browser", locale: "en-US", language: "en-US", weekStart: "monday" },
  navTree: [],
};
