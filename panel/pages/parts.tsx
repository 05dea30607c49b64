import type { Reply } from "../../functions/request.ts";
import { page } from "../document.tsx";
import { Bars, BarsKey } from "../parts/bars.tsx";
import { Code, CopyLine, Facts } from "../parts/code.tsx";
import { App, Block, Crumbs, Head, Problems } from "../parts/frame.tsx";
import { Callout, Check, Refusal, Summary } from "../parts/notes.tsx";
import { Spine, Step } from "../parts/spine.tsx";
import { Tabs } from "../parts/tabs.tsx";
import type { Visit } from "../visit.ts";
import { ArrivalStates } from "./parts/arrivals.tsx";
import { FindingStates, SnippetStates, TestStates } from "./parts/islands.tsx";
import { LiveStates } from "./parts/live.tsx";
import { ImportParts, UnreadSample } from "./parts/imports.tsx";
import { Jobs } from "./parts/jobs.tsx";
import { PeopleParts } from "./parts/people.tsx";
import { TableParts } from "./parts/tables.tsx";
import { Badges } from "./parts/badges.tsx";
import { Tables } from "./parts/table-states.tsx";

/** Every part in every state. A part that is not here is not in the panel. */
export function partsPage({ person, waits }: Visit): Reply {
  return page(
    "Parts",
    <App person={person} waits={waits}>
      <Head
        title="Parts"
        sentence="Every part in every state. A part that is not here is not in the panel."
      />
      <div class="stack wide">
        <Block id="ways" title="The way here">
          <Crumbs way={[{ href: "#ways", title: "Data streams" }]} here="Refunds" />
        </Block>
        <Buttons />
        <Badges />
        <Tables />
        <TableParts />
        <PeopleParts />
        <Block id="summary" title="Error summary">
          <Summary
            title="The stream was not saved: 1 field needs a change."
            faults={[
              { field: "f-table", text: "Destination table: orders has no dataset. Write shop.orders." },
            ]}
          />
          <Refusal isShown={false}>
            <strong>Nothing was changed.</strong> Somebody else was faster: look again.
          </Refusal>
        </Block>
        <Fields />
        <Texts />
        <Notes />
        <Jobs />
        <ArrivalStates />
        <LiveStates />
        <StepStates />
        <FindingStates />
        <SnippetStates />
        <TestStates />
        <ImportParts />
        <UnreadSample />
        <BarsAndLinks />
      </div>
    </App>,
  );
}

function StepStates() {
  return (
    <Block id="steps" title="Steps">
      <Spine>
        <Step tone="ok" at="14:05:20" more="412 ms, answered 200">
          Sent <code>POST /ds/3d1f7a90…</code>
        </Step>
        <Step tone="info" more="Looked for every few seconds, for a minute.">
          Waits in the queue
        </Step>
        <Step tone="warn">Last hit in the last 7 days: none</Step>
        <Step tone="bad" more="Dataset crm does not exist.">
          Became a dead letter
        </Step>
        <Step tone="quiet">Second day with hits</Step>
      </Spine>
    </Block>
  );
}

function BarsAndLinks() {
  return (
    <Block id="bars" title="Bars, tabs and counts">
      <Bars
        of="Orders"
        bars={[12, 17, 9, 0, 14, 22, 6].map((hits, index) => ({
          date: `2026-11-${21 + index}`,
          hits,
          refused: index === 5 ? 7 : 0,
        }))}
      />
      <BarsKey />
      <ul class="nav">
        <li>
          <a href="#bars">Streams</a>
          <Problems waits={{ waiting: 1, at: 0 }} />
        </li>
        <li>
          <a href="#bars">Streams</a>
          <Problems waits={{ waiting: 10_000, at_least: true, at: 0 }} />
        </li>
      </ul>
      <Tabs
        of="Example"
        here="Live"
        tabs={[
          { href: "#bars", title: "Setup" },
          { href: "#bars", title: "Live" },
          { href: "#bars", title: "Problems", count: "4" },
        ]}
      />
    </Block>
  );
}

function Buttons() {
  return (
    <Block id="buttons" title="Buttons">
      <div class="row">
        <button class="btn primary" type="button">
          Save
        </button>
        <button class="btn" type="button">
          Send a test
        </button>
        <button class="btn plain" type="button">
          Cancel
        </button>
        <button class="btn danger" type="button">
          Delete stream
        </button>
        <button class="btn small" type="button">
          Filter
        </button>
      </div>
    </Block>
  );
}

function Fields() {
  return (
    <Block id="fields" title="Form fields">
      <div class="half">
        <div class="form">
          <div class="field">
            <label for="f-name">Name</label>
            <input type="text" id="f-name" aria-invalid="true" aria-describedby="f-name-c" />
            <div id="f-name-c">
              <Check tone="bad">Enter a name, 1 to 80 characters.</Check>
            </div>
          </div>
          <div class="field">
            <label for="f-table">Destination table</label>
            <p class="hint" id="f-table-h">
              As <code>dataset.table</code>
            </p>
            <input
              type="text"
              id="f-table"
              class="mono"
              value="shop.orders"
              aria-describedby="f-table-h f-table-c"
            />
            <div id="f-table-c" class="stack">
              <Check tone="ok">Will be made by the first hit.</Check>
              <Check tone="warn">“Orders” writes to this table too.</Check>
              <Check tone="info">Checked by its name alone.</Check>
            </div>
          </div>
        </div>
        <div class="form">
          <fieldset class="field">
            <legend>Kind</legend>
            <div class="pick">
              <label>
                <input type="radio" name="f-kind" checked />
                <span>
                  Webhook <small>Your CRM calls an address</small>
                </span>
              </label>
            </div>
          </fieldset>
          <div class="actions row">
            <button class="btn primary" type="button">
              Save
            </button>
            <button class="btn plain" type="button">
              Cancel
            </button>
          </div>
        </div>
      </div>
    </Block>
  );
}

function Texts() {
  return (
    <Block id="code" title="Code, copy, facts">
      <div class="half">
        <Code id="c-curl" title="curl">
          {'curl -d "orderId=N1&status=delivered" \\\n  '}
          <mark>https://in.example.com/ds/7c0e4f52-9a31-4c8b-8f0d-2b6d5e91a7c4</mark>
        </Code>
        <div class="stack">
          <CopyLine id="c-id" text="05b5c783-ef83-4cd9-b64d-dbd7da9b083e" what="hit id" />
          <Facts
            facts={[
              ["Table", <code>shop.orders</code>],
              ["UTC offset", "Europe/Amsterdam"],
            ]}
          />
        </div>
      </div>
    </Block>
  );
}

function Notes() {
  return (
    <Block id="callouts" title="Callouts">
      <div class="half">
        <Callout tone="bad">
          <p>
            <strong>418 hits wait.</strong> Dataset <code>crm</code> does not exist.
          </p>
        </Callout>
        <Callout tone="info">
          <p>Fields changed here hold for new hits only.</p>
        </Callout>
        <Callout tone="quiet" symbol="locked">
          <p>Terraform manages this stream; it is read-only here.</p>
        </Callout>
      </div>
    </Block>
  );
}
