// The links of a panel, beside its title.
import { css } from "@emotion/css";
import { DataLink, GrafanaTheme2 } from "@grafana/data";
import { SceneComponentProps, sceneGraph, SceneObjectBase, SceneObjectState } from "@grafana/scenes";
import { Icon, useStyles2 } from "@grafana/ui";
import { JSX } from "react";

interface State extends SceneObjectState {
  links: DataLink[];
}

export class PanelLinks extends SceneObjectBase<State> {
  static Component = Links;
}

function Links({ model }: SceneComponentProps<PanelLinks>): JSX.Element {
  const { links } = model.useState();
  const className = useStyles2(style);
  return (
    <>
      {links.map((link) => (
        <a
          key={link.title + link.url}
          className={className}
          href={sceneGraph.interpolate(model, link.url)}
          target={link.targetBlank ? "_blank" : undefined}
          rel="noreferrer"
          title={sceneGraph.interpolate(model, link.title)}
        >
          <Icon name="external-link-alt" size="sm" />
          <span>{sceneGraph.interpolate(model, link.title)}</span>
        </a>
      ))}
    </>
  );
}

const style = (theme: GrafanaTheme2): string =>
  css({
    display: "inline-flex",
    gap: theme.spacing(0.5),
    alignItems: "center",
    padding: theme.spacing(0, 1),
    color: theme.colors.text.link,
    fontSize: theme.typography.bodySmall.fontSize,
    whiteSpace: "nowrap",
    "&:hover": { textDecoration: "underline" },
  });
