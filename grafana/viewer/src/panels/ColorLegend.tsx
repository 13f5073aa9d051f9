// What the colours of a heat map or a map mean: a strip from the least to the most.
import { css } from "@emotion/css";
import { JSX } from "react";

interface Props {
  colors: string[];
  min: string;
  max: string;
}

export function ColorLegend({ colors, min, max }: Props): JSX.Element {
  return (
    <div className={row}>
      <span>{min}</span>
      <div style={{ flexGrow: 1, height: 8, background: `linear-gradient(90deg, ${colors.join(", ")})` }} />
      <span>{max}</span>
    </div>
  );
}

const row = css({ display: "flex", gap: 8, alignItems: "center", fontSize: 12, width: "100%", maxWidth: 320 });
