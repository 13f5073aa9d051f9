"""A page of the viewer, and what its panels must have drawn."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.integration.dashboards.provisioned import OF_EMPTY_PANELS

# What keeps a panel from counting as drawn, in words; an empty list where all are. Lines and cells are opaque,
# the grid behind them is not.
NOT_DRAWN = """() => {
  const opaque = (canvas) => {
    const {width, height} = canvas;
    if (!width || !height) return 0;
    const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    let found = 0;
    for (let at = 3; at < pixels.length; at += 4) found += pixels[at] > 150;
    return found;
  };
  const painted = (panel, least) => [...panel.querySelectorAll('canvas')].some((canvas) => opaque(canvas) > least);
  const tests = {
    timeseries: (panel) => painted(panel, 300), heatmap: (panel) => painted(panel, 2000),
    barchart: (panel) => painted(panel, 300), 'state-timeline': (panel) => painted(panel, 2000),
    geomap: (panel) => painted(panel, 20000),
    table: (panel) => panel.querySelectorAll('[role=gridcell]').length > 0,
    stat: (panel) => /\\d|running|silent/.test(panel.innerText), gauge: (panel) => /\\d/.test(panel.innerText),
    bargauge: (panel) => /\\d/.test(panel.innerText), text: (panel) => panel.innerText.length > 20,
  };
  const panels = [...document.querySelectorAll('[data-viz-panel-key]')];
  const wrong = panels.flatMap((panel) => {
    const title = panel.querySelector('h2, h6')?.innerText ?? panel.dataset.vizPanelKey;
    const own = noValues[title];
    if (panel.innerText.includes('No data')) return [title + ': no data'];
    if (panel.querySelector('[data-testid*="Panel status error"]')) return [title + ': an error'];
    if (own && panel.innerText.includes(own)) return [];
    return tests[panel.dataset.pluginId]?.(panel) ? [] : [title + ': nothing drawn'];
  });
  return panels.length ? wrong : ['no panels'];
}"""


@dataclass
class Stage:
    """A page of the viewer, and what its console complained of."""

    url: str
    page: Page
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def panel(self, title: str) -> Any:
        return self.page.locator("[data-viz-panel-key]").filter(has=self.page.get_by_text(title, exact=True))


OpenStage = Callable[..., Stage]


def wait_until_drawn(stage: Stage, board: dict[str, Any]) -> None:
    """Return when every panel shows its data; fail with those that do not."""
    inner = [one for outer in board["panels"] for one in (outer, *outer.get("panels", []))]
    values = {one.get("title"): one.get("fieldConfig", {}).get("defaults", {}).get("noValue") for one in inner}
    values = {title: words for title, words in values.items() if words in OF_EMPTY_PANELS}
    script = f"() => {{ const noValues = {json.dumps(values)}; return ({NOT_DRAWN})(); }}"
    for _ in range(75):
        wrong = stage.page.evaluate(script)
        if not wrong:
            return
        stage.page.wait_for_timeout(200)
    pytest.fail(f"not drawn: {wrong}")
