// A switch for each kind of annotation.
import { ControlsLabel, SceneComponentProps, sceneGraph, SceneDataLayerSet, SceneObjectBase } from "@grafana/scenes";
import { JSX } from "react";

export class LayerSwitches extends SceneObjectBase {
  static Component = Switches;
}

function Switches({ model }: SceneComponentProps<LayerSwitches>): JSX.Element {
  const sets = sceneGraph.getDataLayers(model, true).filter((one) => one instanceof SceneDataLayerSet);
  const layers = sets.flatMap((set) => set.state.layers).filter((layer) => !layer.state.isHidden);
  return (
    <>
      {layers.map((layer) => (
        <div key={layer.state.key} style={{ display: "flex" }}>
          <ControlsLabel htmlFor={`data-layer-${layer.state.key}`} label={layer.state.name} />
          <layer.Component model={layer} />
        </div>
      ))}
    </>
  );
}
