// Text for people: markdown or HTML, made safe by Grafana's own sanitizer, or code as it is.
import { PanelProps, renderTextPanelMarkdown, textUtil } from "@grafana/data";
import { JSX, useMemo } from "react";

interface Options {
  mode?: "markdown" | "html" | "code";
  content?: string;
}

export function TextPanel({ options, replaceVariables }: PanelProps<Options>): JSX.Element {
  const { mode = "markdown", content = "" } = options;
  const text = replaceVariables(content, {}, mode === "html" ? "html" : "text");
  const html = useMemo(() => (mode === "html" ? textUtil.sanitizeTextPanelContent(text) : renderTextPanelMarkdown(text)), [mode, text]);
  const style = { height: "100%", overflow: "auto" };
  if (mode === "code") return <pre style={style}>{text}</pre>;
  return <div className="markdown-html" style={style} dangerouslySetInnerHTML={{ __html: html }} />;
}
