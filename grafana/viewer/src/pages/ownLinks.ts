// Links to other pages of the viewer change the address without loading everything again.
import { locationService } from "@grafana/runtime";
import { useEffect } from "react";

export function useOwnLinks(): void {
  useEffect(() => {
    document.addEventListener("click", follow);
    return () => document.removeEventListener("click", follow);
  }, []);
}

/** Go where a link leads, in a tab of its own where it says so. */
export function go(href: string, target?: string): void {
  const url = new URL(href, window.location.href);
  if (target === "_blank") window.open(url, "_blank", "noreferrer");
  else if (isOurs(url)) locationService.push(url.pathname + url.search);
  else window.location.assign(url);
}

function follow(event: MouseEvent): void {
  const anchor = event.target instanceof Element ? event.target.closest("a") : null;
  const withKey = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (!anchor?.href || withKey || event.button !== 0 || event.defaultPrevented || anchor.target === "_blank") return;
  if (!isOurs(new URL(anchor.href))) return;
  event.preventDefault();
  go(anchor.href);
}

function isOurs(url: URL): boolean {
  return url.origin === window.location.origin && (url.pathname === "/dashboards" || url.pathname.startsWith("/d/"));
}
