// A panel that is drawn once per chosen value of a variable, side by side or below each other.
import { css } from "@emotion/css";
import {
  SceneComponentProps,
  sceneGraph,
  SceneGridItemLike,
  SceneGridItemStateLike,
  SceneGridLayout,
  SceneObjectBase,
  VariableDependencyConfig,
  VizPanel,
} from "@grafana/scenes";
import { JSX } from "react";

import { Panel } from "./model";
import { vizPanel } from "./panel";
import { choices, fixed } from "./repeats";

interface State extends SceneGridItemStateLike {
  panel: Panel;
  copies: VizPanel[];
}

const WHOLE_WIDTH = 24;
const MOST_PER_ROW = 4;

export class RepeatedPanel extends SceneObjectBase<State> implements SceneGridItemLike {
  static Component = Copies;

  protected _variableDependency: VariableDependencyConfig<State>;

  constructor(panel: Panel, key: string) {
    const { x, y, w, h } = panel.gridPos;
    const down = panel.repeatDirection === "v";
    super({ key, x: down ? x : 0, y, width: down ? w : WHOLE_WIDTH, height: h, panel, copies: [] });
    this._variableDependency = new VariableDependencyConfig(this, {
      variableNames: [panel.repeat ?? ""],
      onVariableUpdateCompleted: () => this.repeat(),
    });
    this.addActivationHandler(() => this.repeat());
  }

  columns(): number {
    const { panel, copies } = this.state;
    if (panel.repeatDirection === "v") return 1;
    return Math.max(1, Math.min(panel.maxPerRow || MOST_PER_ROW, copies.length));
  }

  private repeat(): void {
    const { panel, copies, key } = this.state;
    const name = panel.repeat ?? "";
    const chosen = choices(name, this);
    if (!chosen || chosen.map(({ value }) => `${key}-${value}`).join() === copies.map((copy) => copy.state.key).join()) return;
    this.setState({
      copies: chosen.map((choice) => {
        const copy = vizPanel(panel, `${key}-${choice.value}`);
        copy.setState({ $variables: fixed(name, choice) });
        return copy;
      }),
    });
    this.setState({ height: panel.gridPos.h * Math.max(1, Math.ceil(chosen.length / this.columns())) });
    sceneGraph.getAncestor(this, SceneGridLayout).forceRender();
  }
}

function Copies({ model }: SceneComponentProps<RepeatedPanel>): JSX.Element {
  const { copies } = model.useState();
  return (
    <div className={grid} style={{ gridTemplateColumns: `repeat(${model.columns()}, minmax(0, 1fr))` }}>
      {copies.map((copy) => (
        <copy.Component key={copy.state.key} model={copy} />
      ))}
    </div>
  );
}

const grid = css({ display: "grid", gridAutoRows: "minmax(0, 1fr)", gap: 8, height: "100%" });
