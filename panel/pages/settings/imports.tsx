import { listImports } from "../../../functions/import/registered/imports.ts";
import type { Reply } from "../../../functions/request.ts";
import { Line } from "../../parts/notes.tsx";
import type { Visit } from "../../visit.ts";
import { settingsFrame } from "./page.tsx";

const shownMax = 50;

/** The way that guides of backend events name: Settings, Import custom data, Add custom import. */
export async function importCustomData(visit: Visit): Promise<Reply> {
  const { imports, next } = await listImports(visit.ports, { limit: shownMax });
  return settingsFrame(visit, {
    here: "Import custom data",
    sentence:
      "Files of backend events: a day in each, checked, and linked to the web events that began them.",
    children: (
      <>
        <div class="row">
          <a class="btn primary" href="/imports/new">
            Add custom import
          </a>
          <a class="btn" href="/imports">
            All imports
          </a>
        </div>
        {imports.length === 0 ? (
          <Line>No import yet. Add one, and send its files to it.</Line>
        ) : (
          <ul class="todo-list">
            {imports.map(({ name }) => (
              <li key={name}>
                <a href={`/imports/${name}`}>{name}</a>
              </li>
            ))}
            {next !== undefined && (
              <li>
                <a href="/imports">more of them</a>
              </li>
            )}
          </ul>
        )}
      </>
    ),
  });
}
