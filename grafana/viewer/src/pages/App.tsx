// The frame around every page: theme, address, header, footer.
import { createTheme } from "@grafana/data";
import { config, locationService, LocationServiceProvider } from "@grafana/runtime";
import { GlobalStyles, PortalContainer, ThemeContext } from "@grafana/ui";
import { JSX, useEffect, useLayoutEffect, useMemo, useState } from "react";
import { Route, Router, Routes } from "react-router-dom";

import { exactSearch } from "../scene/times";
import { chosenTheme, keepTheme, ThemeName } from "../theme";
import { DashboardPage } from "./DashboardPage";
import { Frame } from "./Frame";
import { ListPage } from "./ListPage";
import { useOwnLinks } from "./ownLinks";

export function App(): JSX.Element {
  const [themeName, setThemeName] = useState<ThemeName>(chosenTheme);
  const location = useHistoryLocation();
  const theme = useMemo(() => applyTheme(themeName), [themeName]);
  useOwnLinks();
  const toggle = (): void => {
    const other = themeName === "dark" ? "light" : "dark";
    keepTheme(other);
    if (new URLSearchParams(location.search).has("theme")) locationService.partial({ theme: other }, true);
    setThemeName(other);
  };
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <LocationServiceProvider service={locationService}>
        <Router location={location} navigator={locationService.getHistory() as never}>
        <Frame theme={themeName} onToggleTheme={toggle}>
          <Routes>
            <Route path="/dashboards" element={<ListPage />} />
            <Route path="/d/:uid/:slug?" element={<DashboardPage theme={themeName} />} />
            <Route path="*" element={<p>There is no such page.</p>} />
          </Routes>
        </Frame>
        </Router>
      </LocationServiceProvider>
      <PortalContainer />
    </ThemeContext.Provider>
  );
}

/** Grafana's libraries read the theme from its configuration, not only from the context. */
function applyTheme(name: ThemeName): ReturnType<typeof createTheme> {
  const theme = createTheme({ colors: { mode: name } });
  config.theme2 = theme;
  config.theme = theme.v1;
  config.bootData.user.theme = name;
  config.bootData.user.lightTheme = theme.isLight;
  document.documentElement.style.colorScheme = name;
  document.documentElement.dataset.theme = name;
  return theme;
}

type Location = ReturnType<typeof locationService.getLocation>;

function useHistoryLocation(): Location {
  const [location, setLocation] = useState(exactLocation);
  useLayoutEffect(() => locationService.getHistory().listen(() => setLocation(exactLocation())), []);
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [location.pathname]);
  return location;
}

/** Where we are, with a time range that the scene can read. */
function exactLocation(): Location {
  const { pathname, search, hash } = locationService.getLocation();
  if (exactSearch(search) !== search) locationService.replace({ pathname, search: exactSearch(search), hash });
  return locationService.getLocation();
}
