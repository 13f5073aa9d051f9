// Light or dark: asked for in the address, else chosen earlier, else what the system prefers.
export type ThemeName = "light" | "dark";

const KEY = "viewer.theme";

export function chosenTheme(): ThemeName {
  const asked = new URLSearchParams(window.location.search).get("theme");
  if (isTheme(asked)) return asked;
  const kept = window.localStorage.getItem(KEY);
  if (isTheme(kept)) return kept;
  return window.matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
}

export function keepTheme(theme: ThemeName): void {
  window.localStorage.setItem(KEY, theme);
}

function isTheme(text: string | null): text is ThemeName {
  return text === "light" || text === "dark";
}
