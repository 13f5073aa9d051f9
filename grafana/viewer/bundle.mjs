// Puts the page into the folder given as argument: scripts, styles, icons, fonts, country outlines, each also gzipped.
import { build } from "esbuild";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { pathToFileURL } from "node:url";

const target = resolve(process.argv[2]);
const packages = resolve("node_modules");
const { availableIconsIndex } = await import(pathToFileURL(join(packages, "@grafana/data/dist/esm/types/icon.mjs")));
const COMPRESSED = new Set([".js", ".css", ".json", ".html", ".svg"]);
const ROBOTO = "L0xTDF4xlVMF-BfR8bXMIhJHg45mwgGEFl0_3vrtSM1J-gEPT5Ese6hmHSh0mQ.woff2";
// The names that @grafana/ui asks for → the files that carry the same fonts.
const FONTS = {
  "inter/Inter-Regular.woff2": "@fontsource/inter/files/inter-latin-400-normal.woff2",
  "inter/Inter-Medium.woff2": "@fontsource/inter/files/inter-latin-500-normal.woff2",
  "inter/Inter-Italic.woff2": "@fontsource/inter/files/inter-latin-400-italic.woff2",
  "inter/Inter-MediumItalic.woff2": "@fontsource/inter/files/inter-latin-500-italic.woff2",
  [`roboto/${ROBOTO}`]: "@fontsource/roboto-mono/files/roboto-mono-latin-400-normal.woff2",
};
// Icons that Grafana's libraries name but do not publish; any other of these is a dot.
const DRAWN = {
  "angle-double-left": '<path d="M12 7l-5 5 5 5M18 7l-5 5 5 5" fill="none" stroke="currentColor" stroke-width="2"/>',
  "angle-double-up": '<path d="M7 12l5-5 5 5M7 18l5-5 5 5" fill="none" stroke="currentColor" stroke-width="2"/>',
  spinner: '<path d="M12 3a9 9 0 1 0 9 9" fill="none" stroke="currentColor" stroke-width="2"/>',
  "legend-show": '<path d="M3 12h18" stroke="currentColor" stroke-width="3"/>',
};
const DOT = '<circle cx="12" cy="12" r="3"/>';

function copy(from, to) {
  mkdirSync(join(target, to, ".."), { recursive: true });
  cpSync(from, join(target, to), { recursive: true });
}

function drawMissingIcons(folder) {
  const kinds = readdirSync(folder);
  const names = Object.keys(availableIconsIndex).filter((name) => !name.startsWith("fa "));
  for (const name of names.filter((one) => !kinds.some((kind) => existsSync(join(folder, kind, `${one}.svg`))))) {
    const kind = name.startsWith("gf-") ? "custom" : name === "circle-mono" ? "mono" : "unicons";
    const drawing = DRAWN[name] ?? DOT;
    writeFileSync(
      join(folder, kind, `${name}.svg`),
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">${drawing}</svg>`,
    );
  }
}

function compress(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) compress(path);
    else if (COMPRESSED.has(extname(path))) writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
  }
}

await build({
  entryPoints: { app: "src/main.tsx", boot: "src/boot.ts" },
  outdir: target,
  bundle: true,
  minify: !process.env.READABLE,
  format: "iife",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
  loader: { ".svg": "dataurl" },
  define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
  alias: {
    // The code editor is 2.8 MB that a viewer never opens.
    "@monaco-editor/react": resolve("src/nothing.ts"),
    "monaco-editor": resolve("src/nothing.ts"),
    "moment-timezone": join(packages, "moment-timezone/builds/moment-timezone-with-data-1970-2030.js"),
  },
});
copy("src/index.html", "index.html");
copy(join(packages, "@grafana/ui/dist/public/img/icons"), "build/img/icons");
drawMissingIcons(join(target, "build/img/icons"));
for (const [name, from] of Object.entries(FONTS)) copy(join(packages, from), `fonts/${name}`);
for (const detail of ["50m", "10m"]) copy(join(packages, `world-atlas/countries-${detail}.json`), `world/${detail}.json`);
compress(target);
