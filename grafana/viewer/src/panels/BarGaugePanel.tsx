// Bars with their figures, drawn by Grafana's BarGauge.
import { PanelProps, VizOrientation } from "@grafana/data";
import { config } from "@grafana/runtime";
import { BarGaugeDisplayMode, BarGaugeNamePlacement, BarGaugeValueMode } from "@grafana/schema";
import { BarGauge } from "@grafana/ui";
import { JSX } from "react";

import { FigureOptions, Figures, figures } from "./figures";

interface Options extends FigureOptions {
  displayMode?: BarGaugeDisplayMode;
  valueMode?: BarGaugeValueMode;
  namePlacement?: BarGaugeNamePlacement;
  showUnfilled?: boolean;
  sizing?: "auto" | "manual";
  minVizWidth?: number;
  minVizHeight?: number;
  maxVizHeight?: number;
}

const MIN_WIDTH = 8;
const MIN_HEIGHT = 16;
const MAX_HEIGHT = 300;

export function BarGaugePanel(panel: PanelProps<Options>): JSX.Element {
  const { options } = panel;
  const manual = options.sizing === "manual";
  const spacing = options.displayMode === BarGaugeDisplayMode.Lcd ? 2 : 10;
  return (
    <Figures
      panel={panel}
      values={figures(panel)}
      itemSpacing={spacing}
      minVizWidth={manual ? options.minVizWidth : MIN_WIDTH}
      minVizHeight={manual ? options.minVizHeight : MIN_HEIGHT}
      maxVizHeight={manual ? options.maxVizHeight : MAX_HEIGHT}
      draw={({ value, width, height, orientation, alignmentFactors }, onClick, className) => (
        <BarGauge
          value={value.display}
          field={value.field}
          display={value.view?.getFieldDisplayProcessor(value.colIndex ?? 0)}
          width={width}
          height={height}
          orientation={orientation ?? VizOrientation.Horizontal}
          alignmentFactors={alignmentFactors}
          displayMode={options.displayMode ?? BarGaugeDisplayMode.Gradient}
          valueDisplayMode={options.valueMode}
          namePlacement={options.namePlacement}
          showUnfilled={options.showUnfilled ?? true}
          itemSpacing={spacing}
          lcdCellWidth={12}
          text={options.text}
          theme={config.theme2}
          onClick={onClick}
          className={className}
        />
      )}
    />
  );
}
