// Panels on Grafana's grid, in sections: those below a row belong to it; a collapsed row carries its own. A section
// whose row repeats stands there once per chosen value of the row's variable.
import {
  SceneGridItem,
  SceneGridItemLike,
  SceneGridLayout,
  SceneGridRow,
  SceneObjectBase,
  SceneObjectState,
  VariableDependencyConfig,
} from "@grafana/scenes";

import { Panel } from "./model";
import { vizPanel } from "./panel";
import { RepeatedPanel } from "./RepeatedPanel";
import { Choice, choices, fixed } from "./repeats";

interface Section {
  row: Panel | null;
  panels: Panel[];
}

export function gridLayout(panels: Panel[]): SceneGridLayout {
  const parts = sections(panels);
  const repeated = parts.flatMap(({ row }) => row?.repeat ?? []);
  return new SceneGridLayout({
    isDraggable: false,
    isResizable: false,
    isLazy: true,
    children: children(parts, () => null, []),
    $behaviors: repeated.length ? [new RepeatedRows(parts, repeated)] : undefined,
  });
}

/** Builds the sections again where another number of values is chosen for a row that repeats. */
class RepeatedRows extends SceneObjectBase<SceneObjectState> {
  protected _variableDependency: VariableDependencyConfig<SceneObjectState>;

  constructor(
    private readonly parts: Section[],
    variableNames: string[],
  ) {
    super({});
    const repeat = (): void => this.repeat();
    this._variableDependency = new VariableDependencyConfig(this, { variableNames, onVariableUpdateCompleted: repeat });
    this.addActivationHandler(repeat);
  }

  private repeat(): void {
    const layout = this.parent as SceneGridLayout;
    const next = children(this.parts, (name) => choices(name, this), layout.state.children);
    const keys = (items: SceneGridItemLike[]): string => items.map((item) => item.state.key).join();
    if (keys(next) !== keys(layout.state.children)) layout.setState({ children: next });
  }
}

function sections(panels: Panel[]): Section[] {
  const found: Section[] = [{ row: null, panels: [] }];
  for (const panel of [...panels].sort(byPlace)) {
    if (panel.type === "row") found.push({ row: panel, panels: [...(panel.panels ?? [])] });
    else if (found[found.length - 1]?.row?.collapsed) found.push({ row: null, panels: [panel] });
    else found[found.length - 1]?.panels.push(panel);
  }
  return found.filter(({ row, panels: own }) => row || own.length);
}

/** The sections below each other; a row that is already there stays as it is. */
function children(
  parts: Section[], chosen: (name: string) => Choice[] | null, present: SceneGridItemLike[],
): SceneGridItemLike[] {
  let shift = 0;
  return parts.flatMap((part) => {
    const { row } = part;
    if (!row) return part.panels.map((panel) => gridItem(panel, `item-${panel.id}`, shift));
    const values = (row.repeat && chosen(row.repeat)) || [null];
    const made = values.map((choice, index) => {
      const key = `row-${row.id}${choice ? `-${choice.value}` : ""}`;
      const y = shift + index * heightOf(part);
      return present.find((item) => item.state.key === key && item.state.y === row.gridPos.y + y) ?? gridRow(part, key, y, choice);
    });
    shift += (values.length - 1) * heightOf(part);
    return made;
  });
}

function heightOf({ row, panels }: Section): number {
  const top = row?.gridPos.y ?? 0;
  if (row?.collapsed) return 1;
  return Math.max(1, ...panels.map(({ gridPos }) => gridPos.y + gridPos.h - top));
}

function gridRow({ row, panels }: Section, key: string, shift: number, choice: Choice | null): SceneGridRow {
  return new SceneGridRow({
    key,
    title: row?.title ?? "",
    y: (row?.gridPos.y ?? 0) + shift,
    isCollapsed: row?.collapsed ?? false,
    children: panels.map((panel) => gridItem(panel, `${key}-item-${panel.id}`, shift)),
    $variables: choice && row?.repeat ? fixed(row.repeat, choice) : undefined,
  });
}

function gridItem(panel: Panel, key: string, shift: number): SceneGridItemLike {
  const { x, y, w, h } = panel.gridPos;
  if (panel.repeat) return new RepeatedPanel({ ...panel, gridPos: { x, y: y + shift, w, h } }, key);
  return new SceneGridItem({ key, x, y: y + shift, width: w, height: h, body: vizPanel(panel, `${key}-panel`) });
}

function byPlace(one: Panel, other: Panel): number {
  return one.gridPos.y - other.gridPos.y || one.gridPos.x - other.gridPos.x;
}
