import { hydrate } from "preact";
import { showTexts } from "../shown.ts";
import { serveCopies } from "./copy.ts";
import { islands, type IslandName } from "./islands.tsx";

/** What a browser runs. Every page works without it, but for what is live. */
document.documentElement.classList.add("scripted");
serveCopies();
showTexts();

for (const place of document.querySelectorAll<HTMLElement>("[data-island]")) {
  const Live = islands[place.dataset["island"] as IslandName] as (props: object) => preact.JSX.Element;
  hydrate(<Live {...(JSON.parse(place.dataset["props"] ?? "{}") as object)} />, place);
}
