// Header and footer; `?kiosk` leaves only the page itself.
import { css } from "@emotion/css";
import { GrafanaTheme2 } from "@grafana/data";
import { Button, useStyles2 } from "@grafana/ui";
import { JSX, ReactNode } from "react";
import { useLocation } from "react-router-dom";

import { ThemeName } from "../theme";

interface Props {
  theme: ThemeName;
  onToggleTheme: () => void;
  children: ReactNode;
}

export function Frame({ theme, onToggleTheme, children }: Props): JSX.Element {
  const styles = useStyles2(getStyles);
  if (useKiosk()) return <main className={styles.main}>{children}</main>;
  const other = theme === "dark" ? "light" : "dark";
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <a href="/dashboards">Dashboards</a>
        <Button variant="secondary" size="sm" fill="text" onClick={onToggleTheme}>
          {other === "light" ? "☀ Light theme" : "☾ Dark theme"}
        </Button>
      </header>
      <main className={styles.main}>{children}</main>
      <footer className={styles.footer}>
        Grafana&apos;s own libraries draw time series, figures, bar gauges and tables; gauge, bar chart, heat map, state
        timeline and map are look-alikes. Install Grafana for editing, alerting and users.
      </footer>
    </div>
  );
}

export function useKiosk(): boolean {
  return new URLSearchParams(useLocation().search).has("kiosk");
}

const getStyles = (theme: GrafanaTheme2): Record<"page" | "header" | "main" | "footer", string> => ({
  page: css({ display: "flex", flexDirection: "column", minHeight: "100vh" }),
  header: css({
    display: "flex",
    justifyContent: "space-between",
    alignItems: "center",
    padding: theme.spacing(1, 2),
    borderBottom: `1px solid ${theme.colors.border.weak}`,
    background: theme.colors.background.primary,
    a: { color: theme.colors.text.primary, fontWeight: theme.typography.fontWeightMedium },
  }),
  main: css({
    flexGrow: 1,
    minWidth: 0,
    padding: theme.spacing(2),
    [theme.breakpoints.down("md")]: { padding: theme.spacing(1) },
  }),
  footer: css({
    padding: theme.spacing(1, 2),
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
  }),
});
