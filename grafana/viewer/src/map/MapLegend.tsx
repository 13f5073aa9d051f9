// What the markers' colours mean: a strip for a continuous scale, else the thresholds.
import { css } from "@emotion/css";
import { Field, formattedValueToString, getFieldColorModeForField, getFieldDisplayName, GrafanaTheme2, DataFrame } from "@grafana/data";
import { useStyles2, useTheme2 } from "@grafana/ui";
import { JSX } from "react";

import { ColorLegend } from "../panels/ColorLegend";

export function MapLegend({ field, frame }: { field: Field; frame: DataFrame }): JSX.Element {
  const theme = useTheme2();
  const className = useStyles2(style);
  const colors = getFieldColorModeForField(field).getColors?.(theme);
  const values = (field.values as Array<number | null>).filter((value) => value != null) as number[];
  const min = field.config.min ?? values.reduce((one, other) => Math.min(one, other), Infinity);
  const max = field.config.max ?? values.reduce((one, other) => Math.max(one, other), -Infinity);
  const text = (value: number): string =>
    field.display && Number.isFinite(value) ? formattedValueToString(field.display(value)) : String(value);
  return (
    <div className={className}>
      <div>{getFieldDisplayName(field, frame)}</div>
      {colors ? (
        <ColorLegend colors={colors.map((color) => theme.visualization.getColorByName(color))} min={text(min)} max={text(max)} />
      ) : (
        <Steps field={field} text={text} />
      )}
    </div>
  );
}

function Steps({ field, text }: { field: Field; text: (value: number) => string }): JSX.Element {
  const theme = useTheme2();
  return (
    <>
      {field.config.thresholds?.steps.map(({ value, color }) => (
        <div key={value} style={{ display: "flex", gap: 6, alignItems: "center" }}>
          <span style={{ width: 10, height: 10, borderRadius: 5, background: theme.visualization.getColorByName(color) }} />
          {Number.isFinite(value) ? `≥ ${text(value)}` : "below"}
        </div>
      ))}
    </>
  );
}

const style = (theme: GrafanaTheme2): string =>
  css({
    position: "absolute",
    left: theme.spacing(1),
    bottom: theme.spacing(1),
    minWidth: 160,
    padding: theme.spacing(0.5, 1),
    fontSize: theme.typography.bodySmall.fontSize,
    background: theme.colors.background.primary,
    borderRadius: theme.shape.radius.default,
    opacity: 0.92,
    pointerEvents: "none",
  });
