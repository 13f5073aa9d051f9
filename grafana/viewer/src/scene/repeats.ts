// What is drawn once per chosen value of a variable: which values, and the variable inside each copy.
import { LocalValueVariable, MultiValueVariable, sceneGraph, SceneObject, SceneVariableSet } from "@grafana/scenes";

export interface Choice {
  value: string;
  text: string;
}

/** The chosen values, every one for "All"; null while they are not known. */
export function choices(name: string, near: SceneObject): Choice[] | null {
  const variable = sceneGraph.lookupVariable(name, near);
  if (!(variable instanceof MultiValueVariable) || variable.state.loading) return null;
  const { options, value } = (variable as MultiValueVariable).state;
  const chosen = [value].flat().map(String);
  const all = options.map((option) => ({ value: String(option.value), text: option.label }));
  if (variable.hasAllValue()) return all;
  return chosen.map((one) => all.find((option) => option.value === one) ?? { value: one, text: one });
}

export function fixed(name: string, { value, text }: Choice): SceneVariableSet {
  return new SceneVariableSet({ variables: [new LocalValueVariable({ name, value, text })] });
}
