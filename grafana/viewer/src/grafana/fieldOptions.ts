// The field options that every panel has (unit, thresholds, …) and those of one panel type (`custom.…`). Grafana's
// libraries apply an option only where it is registered; how each value is prepared is theirs too.
import {
  booleanOverrideProcessor,
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  FieldConfigEditorBuilder,
  FieldConfigPropertyItem,
  identityOverrideProcessor,
  numberOverrideProcessor,
  stringOverrideProcessor,
  thresholdsOverrideProcessor,
  ThresholdsMode,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from "@grafana/data";

import known from "../known.json";

type Process = FieldConfigPropertyItem["process"];

const NO_EDITOR = (): null => null;
const THRESHOLDS = {
  mode: ThresholdsMode.Absolute,
  steps: [
    { value: -Infinity, color: "green" },
    { value: 80, color: "red" },
  ],
};

const PREPARED_BY: Record<string, Process> = {
  displayName: displayNameOverrideProcessor as Process,
  unit: unitOverrideProcessor as Process,
  min: numberOverrideProcessor as Process,
  max: numberOverrideProcessor as Process,
  fieldMinMax: booleanOverrideProcessor as Process,
  decimals: numberOverrideProcessor as Process,
  noValue: stringOverrideProcessor as Process,
  thresholds: thresholdsOverrideProcessor as Process,
  mappings: valueMappingsOverrideProcessor as Process,
  links: dataLinksOverrideProcessor as Process,
  filterable: booleanOverrideProcessor as Process,
};
const SETTINGS: Record<string, object> = { displayName: { expandTemplateVars: true }, noValue: {} };
const DEFAULTS: Record<string, unknown> = { thresholds: THRESHOLDS, mappings: [] };

export function standardFieldOptions(): FieldConfigPropertyItem[] {
  return known.fieldOptions.map((id) => ({
    id,
    path: id,
    name: id,
    editor: NO_EDITOR,
    override: NO_EDITOR,
    process: PREPARED_BY[id] ?? identityOverrideProcessor,
    settings: SETTINGS[id],
    defaultValue: DEFAULTS[id],
    shouldApply: () => true,
  }));
}

/** Registers the `custom.…` options that known.json lists for a panel type, with their defaults. */
export function customFieldOptions(panel: string): (builder: FieldConfigEditorBuilder<object>) => void {
  const options: Record<string, unknown> = (known.panels as Record<string, object>)[panel] as Record<string, unknown>;
  return (builder) => {
    for (const [path, defaultValue] of Object.entries(options)) {
      builder.addCustomEditor({
        id: path,
        path: path as never,
        name: path,
        editor: NO_EDITOR,
        override: NO_EDITOR,
        process: identityOverrideProcessor,
        shouldApply: () => true,
        defaultValue: (defaultValue ?? undefined) as never,
      });
    }
  };
}
