import { deeds, type Entry, listAudit } from "../../../functions/people/audit.ts";
import type { Reply } from "../../../functions/request.ts";
import { visible } from "../../../functions/visible.ts";
import { Badge } from "../../parts/badge.tsx";
import { Line } from "../../parts/notes.tsx";
import { BackAndOn } from "../../parts/pages.tsx";
import { Column, Table } from "../../parts/table.tsx";
import { Time } from "../../parts/text.tsx";
import type { Visit } from "../../visit.ts";
import { settingsFrame } from "./page.tsx";

const perPage = 50;
const at = "/settings/audit";

/** What people did, the newest first. */
export async function auditPage(visit: Visit): Promise<Reply> {
  const { ports, query, now } = visit;
  const who = (query.get("who") ?? "").trim().toLowerCase();
  const what = deeds.find((deed) => deed === query.get("what"));
  const after = /^\d{14}-[0-9a-f]{12}$/.exec(query.get("after") ?? "")?.[0];
  const { entries, next } = await listAudit(ports, {
    limit: perPage,
    after,
    what,
    who: who === "" ? undefined : who,
  });
  const filter = { ...(who !== "" && { who }), ...(what !== undefined && { what }) };
  return settingsFrame(visit, {
    here: "Audit",
    sentence: "Every change, replay, download and sign-in: who, when, what, before and after.",
    children: (
      <div class="stack">
        <form class="filter" role="search" aria-label="Filter the audit" action={at}>
          <div class="field grow">
            <label for="who">Who</label>
            <input id="who" name="who" type="search" autocomplete="off" value={who} />
          </div>
          <div class="field">
            <label for="what">What</label>
            <select id="what" name="what">
              <option value="">Anything</option>
              {deeds.map((deed) => (
                <option key={deed} value={deed} selected={deed === what}>
                  {words(deed)}
                </option>
              ))}
            </select>
          </div>
          <button type="submit" class="btn">
            Filter
          </button>
        </form>
        {entries.length > 0 ? (
          <List entries={entries} now={now} />
        ) : next !== undefined ? (
          <Line>None of the last 5,000 entries matches. Older ones are on the next page.</Line>
        ) : Object.keys(filter).length > 0 ? (
          <Line
            action={
              <a class="btn small" href={at}>
                Clear filters
              </a>
            }
          >
            No entry matches.
          </Line>
        ) : (
          <Line>Nothing was done yet. Each change, replay, download and sign-in will stand here.</Line>
        )}
        <div class="under">
          <p>
            As of <Time at={now} zone="UTC" now={now} />; times are UTC. Entries are never removed.
          </p>
          <BackAndOn
            words={["Newest", "Older"]}
            {...(after !== undefined && { back: `${at}?${new URLSearchParams(filter)}` })}
            {...(next !== undefined && { on: `${at}?${new URLSearchParams({ ...filter, after: next })}` })}
          />
        </div>
      </div>
    ),
  });
}

const words = (deed: string): string => deed.replaceAll("_", " ");

function List({ entries, now }: { entries: readonly Entry[]; now: number }) {
  return (
    <Table
      id="audit"
      kind="cards"
      caption="What people did, the newest first"
      head={
        <>
          <Column>When</Column>
          <Column>Who</Column>
          <Column>What</Column>
          <Column>Before and after</Column>
        </>
      }
    >
      {entries.map((entry) => (
        <tr key={entry.id}>
          <th scope="row" class="t">
            <Time at={entry.at} zone="UTC" now={now} />
          </th>
          <td data-label="Who">
            {visible(entry.who)} <small>{ways[entry.how] ?? visible(entry.how)}</small>
          </td>
          <td data-label="What">
            <strong>{words(visible(entry.what))}</strong>{" "}
            {entry.about !== undefined && <small class="mono">{visible(entry.about)}</small>}
            <Outcome outcome={entry.outcome} />
          </td>
          <td data-label="Differs">
            <Differs before={entry.before} after={entry.after} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

const ways: Readonly<Record<string, string>> = {
  machine: "at this machine",
  session: "signed in",
  token: "by a token",
  iap: "through Identity-Aware Proxy",
  google: "as Google knows them",
  nobody: "not signed in",
};

function Outcome({ outcome }: { outcome: string | undefined }) {
  if (outcome === undefined) return null;
  return outcome === "begun" ? (
    <Badge tone="warn" symbol="warn">
      Begun; whether it was done is not known
    </Badge>
  ) : (
    <Badge tone="quiet" symbol="todo">
      Not done: {visible(outcome.replace(/^failed /, ""))}
    </Badge>
  );
}

const shownLettersMax = 2_000;

function Differs({ before, after }: { before: unknown; after: unknown }) {
  const names = [...new Set([before, after].flatMap((side) => Object.keys(Object(side) as object)))];
  if (names.length === 0) return <span class="none">nothing of it</span>;
  const side = (of: unknown, name: string) =>
    name in (Object(of) as object) ? (
      <code>{visible(JSON.stringify((of as Record<string, unknown>)[name]).slice(0, shownLettersMax))}</code>
    ) : (
      <span class="none">none</span>
    );
  return (
    <details>
      <summary>{names.map(visible).join(", ")}</summary>
      {names.map((name) => (
        <p key={name}>
          {visible(name)}: {before !== undefined && <>{side(before, name)} → </>}
          {side(after, name)}
        </p>
      ))}
    </details>
  );
}
