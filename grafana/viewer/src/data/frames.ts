// Flux tables as Grafana's data frames, the way its InfluxDB datasource makes them: a table with `_time` and
// `_value` is a series named by `_field` and labelled by the other columns of its group key; any other is a table.
import { DataFrame, Field, FieldType, Labels } from "@grafana/data";

import { Column, readTables, Table } from "./csv";

const NO_LABEL = new Set(["_field", "_measurement", "_start", "_stop", "_time", "_value", "result", "table"]);

export function framesOf(text: string, refId: string): DataFrame[] {
  return readTables(text).map((table) => frame(isSeries(table) ? series(table) : columns(table), table, refId));
}

function isSeries(table: Table): boolean {
  return at(table, "_time") >= 0 && at(table, "_value") >= 0;
}

function frame(fields: Field[], table: Table, refId: string): DataFrame {
  return { refId, fields, length: table.rows.length };
}

function series(table: Table): Field[] {
  const labels: Labels = {};
  table.columns.forEach((column, index) => {
    if (column.isLabel && !NO_LABEL.has(column.name)) labels[column.name] = text(table, index, 0) ?? "";
  });
  const nameAt = at(table, "_field");
  const name = nameAt < 0 ? "_value" : (text(table, nameAt, 0) ?? "_value");
  const time = field(table, at(table, "_time"), "Time");
  return [time, { ...field(table, at(table, "_value"), name), labels }];
}

function columns(table: Table): Field[] {
  return table.columns.flatMap((column, index) =>
    column.name === "" || column.name === "result" || column.name === "table" ? [] : [field(table, index, column.name)],
  );
}

function field(table: Table, index: number, name: string): Field {
  const column = table.columns[index] as Column;
  const read = READERS[column.type] ?? READERS["string"]!;
  const values = table.rows.map((_, row) => {
    const cell = text(table, index, row);
    return cell === null ? null : read.value(cell);
  });
  return { name, type: read.type, config: {}, values };
}

/** A cell, or its column's default where it is empty; null where both are. */
function text(table: Table, index: number, row: number): string | null {
  return table.rows[row]?.[index] || table.columns[index]?.fallback || null;
}

function at(table: Table, name: string): number {
  return table.columns.findIndex((column) => column.name === name);
}

interface Reader {
  type: FieldType;
  value: (cell: string) => unknown;
}

const NUMBER: Reader = { type: FieldType.number, value: Number };
const TIME: Reader = { type: FieldType.time, value: (cell) => Date.parse(cell) };
const READERS: Record<string, Reader> = {
  string: { type: FieldType.string, value: (cell) => cell },
  boolean: { type: FieldType.boolean, value: (cell) => cell === "true" },
  double: NUMBER,
  long: NUMBER,
  unsignedLong: NUMBER,
  duration: NUMBER,
  "dateTime:RFC3339": TIME,
  "dateTime:RFC3339Nano": TIME,
};
