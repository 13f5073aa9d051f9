// The links of a dashboard: to an address, or to every other dashboard that has the given tags.
import { urlUtil } from "@grafana/data";
import { SceneComponentProps, sceneGraph, SceneObjectBase, SceneObjectState, sceneUtils } from "@grafana/scenes";
import { LinkButton } from "@grafana/ui";
import { JSX, useEffect, useState } from "react";
import { useLocation } from "react-router-dom";

import { DashboardEntry, listDashboards } from "../data/api";
import { DashboardLink } from "./model";

interface State extends SceneObjectState {
  links: DashboardLink[];
  uid: string;
}

export class DashboardLinks extends SceneObjectBase<State> {
  static Component = Links;
}

function Links({ model }: SceneComponentProps<DashboardLinks>): JSX.Element | null {
  const { links, uid } = model.useState();
  useLocation(); // the address follows what is chosen, and so do the links
  const [boards, setBoards] = useState<DashboardEntry[]>([]);
  const byTag = links.some((link) => link.type === "dashboards");
  useEffect(() => {
    if (byTag) void listDashboards().then(setBoards, () => setBoards([]));
  }, [byTag]);
  if (!links.length) return null;
  return (
    <>
      {links.flatMap((link) => targets(link, boards, uid)).map(({ link, title, url }) => (
        <LinkButton
          key={title + url}
          variant="secondary"
          icon="apps"
          size="md"
          href={addressed(model, link, url)}
          target={link.targetBlank ? "_blank" : undefined}
          tooltip={link.tooltip || undefined}
        >
          {title}
        </LinkButton>
      ))}
    </>
  );
}

interface Target {
  link: DashboardLink;
  title: string;
  url: string;
}

function targets(link: DashboardLink, boards: DashboardEntry[], uid: string): Target[] {
  if (link.type === "link") return [{ link, title: link.title, url: link.url ?? "" }];
  const wanted = link.tags ?? [];
  return boards
    .filter((board) => board.uid !== uid && wanted.every((tag) => board.tags.includes(tag)))
    .map((board) => ({ link, title: board.title, url: `/d/${encodeURIComponent(board.uid)}` }));
}

/** The address with the variables and the time range of now, where the link asks for them. */
function addressed(model: DashboardLinks, link: DashboardLink, url: string): string {
  const root = model.getRoot();
  const state = sceneUtils.getUrlState(root);
  const kept = Object.entries(state).filter(
    ([name]) =>
      (link.includeVars && name.startsWith("var-")) || (link.keepTime && (name === "from" || name === "to")),
  );
  return urlUtil.appendQueryToUrl(
    sceneGraph.interpolate(model, url),
    urlUtil.toUrlParams(Object.fromEntries(kept)),
  );
}
