// InfluxDB's annotated CSV, as rows of text: https://docs.influxdata.com/influxdb/v2/reference/syntax/annotated-csv/
export interface Column {
  name: string;
  type: string;
  isLabel: boolean;
  fallback: string;
}

export interface Table {
  columns: Column[];
  rows: string[][];
}

/** The tables of an answer; an Error where InfluxDB wrote one into it. */
export function readTables(text: string): Table[] {
  const tables: Table[] = [];
  let annotations: Record<string, string[]> = {};
  let columns: Column[] | null = null;
  let tableAt = -1;
  let current = "";
  for (const cells of records(text)) {
    const first = cells[0] ?? "";
    if (cells.length === 1 && first === "") continue;
    if (first.startsWith("#")) {
      if (columns) annotations = {};
      columns = null;
      annotations[first] = cells;
    } else if (!columns) {
      columns = describe(cells, annotations);
      if (cells[1] === "error") throw new Error("the query failed");
      tableAt = cells.indexOf("table");
      current = "";
    } else if (columns[1]?.name === "error") {
      throw new Error(cells[1]);
    } else {
      if (cells[tableAt] !== current) tables.push({ columns, rows: [] });
      current = cells[tableAt] ?? "";
      tables[tables.length - 1]?.rows.push(cells);
    }
  }
  return tables;
}

function describe(names: string[], annotations: Record<string, string[]>): Column[] {
  return names.map((name, at) => ({
    name,
    type: annotations["#datatype"]?.[at] ?? "string",
    isLabel: annotations["#group"]?.[at] === "true",
    fallback: annotations["#default"]?.[at] ?? "",
  }));
}

/** The records of a CSV text (RFC 4180). Answers reach megabytes: a line without quotes is only split. */
function* records(text: string): Generator<string[]> {
  let at = 0;
  while (at < text.length) {
    let end = text.indexOf("\n", at);
    if (end < 0) end = text.length;
    const quote = text.indexOf('"', at);
    if (quote < 0 || quote > end) {
      yield text.slice(at, text[end - 1] === "\r" ? end - 1 : end).split(",");
      at = end + 1;
    } else {
      const cells: string[] = [];
      at = quoted(text, at, cells);
      yield cells;
    }
  }
}

/** Reads one record that has quotes into `cells`; where the next one starts. */
function quoted(text: string, start: number, cells: string[]): number {
  let at = start;
  for (;;) {
    let cell = "";
    if (text[at] === '"') {
      at += 1;
      for (;;) {
        const end = text.indexOf('"', at);
        if (end < 0) throw new Error("the answer of the database breaks off inside a quoted text");
        cell += text.slice(at, end);
        at = end + 1;
        if (text[at] !== '"') break;
        cell += '"';
        at += 1;
      }
    } else {
      const end = /[,\r\n]|$/g;
      end.lastIndex = at;
      const found = end.exec(text)?.index ?? text.length;
      cell = text.slice(at, found);
      at = found;
    }
    cells.push(cell);
    if (text[at] !== ",") break;
    at += 1;
  }
  if (text[at] === "\r") at += 1;
  return at + 1;
}
