// A table, drawn by Grafana's TableNG. Several tables are offered one at a time.
import { cacheFieldDisplayNames, DataFrame, getFrameDisplayName, PanelProps } from "@grafana/data";
import { TableCellHeight, TableSortByFieldState } from "@grafana/schema";
import { Select } from "@grafana/ui";
import { TableNG } from "@grafana/ui/unstable";
import { JSX, useState } from "react";

import { NoData } from "./NoData";

interface Options {
  showHeader?: boolean;
  showTypeIcons?: boolean;
  sortBy?: TableSortByFieldState[];
  cellHeight?: TableCellHeight;
  enablePagination?: boolean;
  frozenColumns?: { left?: number };
  frameIndex?: number;
  footer?: { enablePagination?: boolean };
}

const CHOICE_HEIGHT = 40;

export function TablePanel(panel: PanelProps<Options>): JSX.Element {
  const { data, width, height, options } = panel;
  const [chosen, setChosen] = useState(options.frameIndex ?? 0);
  const frames = data.series.filter((frame) => frame.fields.length > 0);
  cacheFieldDisplayNames(frames);
  const at = Math.min(chosen, frames.length - 1);
  const frame = frames[at];
  if (!frame) return <NoData panel={panel} />;
  const several = frames.length > 1;
  return (
    <>
      <Table panel={panel} frame={frame} width={width} height={several ? height - CHOICE_HEIGHT : height} />
      {several && (
        <Select
          aria-label="Table"
          options={frames.map((one, value) => ({ value, label: getFrameDisplayName(one) }))}
          value={at}
          onChange={({ value }) => setChosen(value ?? 0)}
        />
      )}
    </>
  );
}

interface TableProps {
  panel: PanelProps<Options>;
  frame: DataFrame;
  width: number;
  height: number;
}

function Table({ panel, frame, width, height }: TableProps): JSX.Element {
  const { options, fieldConfig, data, timeRange, transparent } = panel;
  return (
    <TableNG
      data={frame}
      width={width}
      height={height}
      noHeader={!(options.showHeader ?? true)}
      showTypeIcons={options.showTypeIcons}
      resizable
      sortBy={options.sortBy}
      cellHeight={options.cellHeight}
      enablePagination={options.enablePagination ?? options.footer?.enablePagination}
      frozenColumns={options.frozenColumns?.left}
      fieldConfig={fieldConfig}
      structureRev={data.structureRev}
      timeRange={timeRange}
      transparent={transparent}
      noValue={fieldConfig.defaults.noValue}
    />
  );
}
