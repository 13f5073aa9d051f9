// Dials. Grafana does not publish its own, so this one is drawn here with Grafana's figures and colours.
import { FieldDisplay, formattedValueToString, PanelProps, ThresholdsMode } from "@grafana/data";
import { config } from "@grafana/runtime";
import { calculateFontSize } from "@grafana/ui";
import { JSX, MouseEventHandler } from "react";

import { arc } from "./arc";
import { FigureOptions, Figures, figures } from "./figures";

interface Options extends FigureOptions {
  showThresholdLabels?: boolean;
  showThresholdMarkers?: boolean;
}

const START = -120;
const SWEEP = 240;
const NAME_HEIGHT = 24;

export function GaugePanel(panel: PanelProps<Options>): JSX.Element {
  return (
    <Figures
      panel={panel}
      values={figures(panel)}
      autoGrid
      draw={({ value, width, height }, onClick, className) => (
        <Dial value={value} width={width} height={height} options={panel.options} onClick={onClick} className={className} />
      )}
    />
  );
}

interface DialProps {
  value: FieldDisplay;
  width: number;
  height: number;
  options: Options;
  onClick?: MouseEventHandler<HTMLElement>;
  className?: string;
}

function Dial({ value, width, height, options, onClick, className }: DialProps): JSX.Element {
  const { display } = value;
  const scale = scaleOf(value);
  const named = Boolean(display.title);
  const radius = Math.max(10, Math.min(width / 2, (height - (named ? NAME_HEIGHT : 0)) / 1.6) - 4);
  const thick = radius * 0.22;
  const text = formattedValueToString(display);
  const size = options.text?.valueSize ?? calculateFontSize(text, radius * 1.25, radius * 0.5, 1);
  return (
    <div className={className} onClick={onClick} style={{ width, height, textAlign: "center" }}>
      <svg width={width} height={radius * 1.6} role="img" aria-label={`${display.title ?? ""} ${text}`}>
        <g transform={`translate(${width / 2} ${radius + 2})`}>
          <path d={arc(radius - thick, radius - 5, START, START + SWEEP)} fill={config.theme2.colors.background.secondary} />
          <path d={arc(radius - thick, radius - 5, START, START + SWEEP * scale.share(display.numeric))} fill={display.color} />
          {(options.showThresholdMarkers ?? true) &&
            scale.bands.map(({ from, to, color }) => (
              <path key={from} d={arc(radius - 3, radius, START + SWEEP * from, START + SWEEP * to)} fill={color} />
            ))}
          <text y={size / 3} fontSize={size} fill={display.color} textAnchor="middle" fontWeight={500}>
            {text}
          </text>
          {options.showThresholdLabels && <Labels scale={scale} radius={radius - thick - 8} value={value} />}
        </g>
      </svg>
      {named && <div style={{ fontSize: options.text?.titleSize, overflow: "hidden" }}>{display.title}</div>}
    </div>
  );
}

function Labels({ scale, radius, value }: { scale: Scale; radius: number; value: FieldDisplay }): JSX.Element {
  const show = value.view?.getFieldDisplayProcessor(value.colIndex ?? 0);
  return (
    <>
      {scale.bands.slice(1).map(({ from, number }) => {
        const angle = ((START + SWEEP * from - 90) * Math.PI) / 180;
        return (
          <text
            key={from}
            x={radius * Math.cos(angle)}
            y={radius * Math.sin(angle)}
            fontSize={10}
            textAnchor="middle"
            fill={config.theme2.colors.text.secondary}
          >
            {show ? formattedValueToString(show(number)) : number}
          </text>
        );
      })}
    </>
  );
}

interface Scale {
  /** Where a number stands between minimum and maximum, 0 to 1. */
  share: (number: number) => number;
  bands: Array<{ from: number; to: number; color: string; number: number }>;
}

function scaleOf({ field }: FieldDisplay): Scale {
  const min = field.min ?? 0;
  const max = field.max ?? 100;
  const share = (number: number): number => Math.min(1, Math.max(0, (number - min) / (max - min || 1))) || 0;
  const percent = field.thresholds?.mode === ThresholdsMode.Percentage;
  const steps = (field.thresholds?.steps ?? []).map((step) => ({
    number: percent ? min + ((max - min) * step.value) / 100 : step.value,
    color: config.theme2.visualization.getColorByName(step.color),
  }));
  const bands = steps.map((step, at) => ({
    ...step,
    from: share(step.number),
    to: at + 1 < steps.length ? share(steps[at + 1]!.number) : 1,
  }));
  return { share, bands: bands.filter((band) => band.to > band.from) };
}
