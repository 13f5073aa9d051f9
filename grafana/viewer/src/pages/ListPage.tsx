// The dashboards that there are.
import { css } from "@emotion/css";
import { GrafanaTheme2 } from "@grafana/data";
import { Alert, Card, TagList, useStyles2 } from "@grafana/ui";
import { JSX, useEffect } from "react";

import { listDashboards } from "../data/api";
import { useLoaded } from "./loading";

export function ListPage(): JSX.Element {
  const { value, error } = useLoaded(listDashboards, []);
  const className = useStyles2(style);
  useEffect(() => {
    document.title = "Dashboards";
  }, []);
  if (error) return <Alert title="The dashboards cannot be listed">{error}</Alert>;
  return (
    <div className={className}>
      <h1>Dashboards</h1>
      {value?.map((board) => (
        <Card key={board.uid} href={`/d/${encodeURIComponent(board.uid)}`} noMargin>
          <Card.Heading>{board.title}</Card.Heading>
          <Card.Description>{board.description}</Card.Description>
          <Card.Tags>
            <TagList tags={board.tags} />
          </Card.Tags>
        </Card>
      ))}
      {value?.length === 0 && <p>No dashboards are provisioned.</p>}
    </div>
  );
}

const style = (theme: GrafanaTheme2): string =>
  css({ display: "grid", gap: theme.spacing(1), maxWidth: 900, margin: "0 auto" });
