// The whole of a dashboard: title and links, controls, panels.
import { css } from "@emotion/css";
import { GrafanaTheme2 } from "@grafana/data";
import { SceneComponentProps, SceneObject, SceneObjectBase, SceneObjectState } from "@grafana/scenes";
import { useStyles2 } from "@grafana/ui";
import { JSX } from "react";

interface State extends SceneObjectState {
  title: string;
  links: SceneObject;
  controls: SceneObject[];
  body: SceneObject;
  /** Only the panels. */
  bare: boolean;
}

export class DashboardScene extends SceneObjectBase<State> {
  static Component = Whole;
}

function Whole({ model }: SceneComponentProps<DashboardScene>): JSX.Element {
  const { title, links, controls, body, bare } = model.useState();
  const styles = useStyles2(getStyles);
  return (
    <div>
      {!bare && (
        <>
          <div className={styles.row}>
            <h1 className={styles.title}>{title}</h1>
            <links.Component model={links} />
          </div>
          <div className={styles.row}>
            {controls.map((control) => (
              <control.Component key={control.state.key} model={control} />
            ))}
          </div>
        </>
      )}
      <body.Component model={body} />
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2): Record<"row" | "title", string> => ({
  row: css({
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: theme.spacing(1),
    marginBottom: theme.spacing(1),
    "& > *": { maxWidth: "100%" },
  }),
  title: css({ flexGrow: 1, margin: 0, fontSize: theme.typography.h3.fontSize }),
});
