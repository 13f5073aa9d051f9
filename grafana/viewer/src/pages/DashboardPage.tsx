// One dashboard, its choices read from the address and kept there.
import { UrlSyncContextProvider } from "@grafana/scenes";
import { Alert, LoadingPlaceholder } from "@grafana/ui";
import { JSX, useEffect, useMemo } from "react";
import { useParams } from "react-router-dom";

import { dashboard } from "../data/api";
import { dashboardScene } from "../scene/dashboard";
import { Dashboard } from "../scene/model";
import { ThemeName } from "../theme";
import { useKiosk } from "./Frame";
import { useLoaded } from "./loading";

export function DashboardPage({ theme }: { theme: ThemeName }): JSX.Element {
  const { uid = "" } = useParams();
  const { value, error } = useLoaded(() => dashboard<Dashboard>(uid), [uid]);
  const kiosk = useKiosk();
  // Panels keep colours of the theme they were built with, so another theme is another scene.
  const scene = useMemo(() => (value ? dashboardScene(value, kiosk) : null), [value, kiosk, theme]);
  useEffect(() => {
    if (value) document.title = `${value.title} – Dashboards`;
  }, [value]);
  if (error) return <Alert title={`The dashboard ${uid} cannot be shown`}>{error}</Alert>;
  if (!value || !scene) return <LoadingPlaceholder text="Loading the dashboard …" />;
  return (
    <UrlSyncContextProvider key={`${scene.state.key} ${theme} ${kiosk}`} scene={scene} updateUrlOnInit createBrowserHistorySteps>
      <scene.Component model={scene} />
    </UrlSyncContextProvider>
  );
}
