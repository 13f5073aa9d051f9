// One or several big figures, drawn by Grafana's BigValue.
import { PanelProps } from "@grafana/data";
import { config } from "@grafana/runtime";
import { PercentChangeColorMode } from "@grafana/schema";
import { BigValue, BigValueColorMode, BigValueGraphMode, BigValueJustifyMode, BigValueTextMode } from "@grafana/ui";
import { JSX } from "react";

import { FigureOptions, Figures, figures } from "./figures";

interface Options extends FigureOptions {
  colorMode?: BigValueColorMode;
  graphMode?: BigValueGraphMode;
  justifyMode?: BigValueJustifyMode;
  textMode?: BigValueTextMode;
  percentChangeColorMode?: PercentChangeColorMode;
}

export function StatPanel(panel: PanelProps<Options>): JSX.Element {
  const { options } = panel;
  const graphMode = options.graphMode ?? BigValueGraphMode.Area;
  return (
    <Figures
      panel={panel}
      values={figures(panel, graphMode !== BigValueGraphMode.None)}
      autoGrid
      itemSpacing={3}
      draw={({ value, width, height, count, alignmentFactors }, onClick, className) => (
        <BigValue
          value={value.display}
          sparkline={value.sparkline}
          width={width}
          height={height}
          count={count}
          alignmentFactors={alignmentFactors}
          colorMode={options.colorMode ?? BigValueColorMode.Value}
          graphMode={graphMode}
          justifyMode={options.justifyMode}
          textMode={textMode(options.textMode, count)}
          text={options.text}
          percentChangeColorMode={options.percentChangeColorMode}
          theme={config.theme2}
          hasLinks={value.hasLinks}
          onClick={onClick}
          className={className}
        />
      )}
    />
  );
}

/** Grafana's rule: a figure alone needs no name, several do. */
function textMode(mode: BigValueTextMode | undefined, count: number): BigValueTextMode {
  if (mode && mode !== BigValueTextMode.Auto) return mode;
  return count === 1 ? BigValueTextMode.Value : BigValueTextMode.ValueAndName;
}
