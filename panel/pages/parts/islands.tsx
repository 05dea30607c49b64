import { Snippet } from "../../islands/snippet-box.tsx";
import { Findings } from "../../islands/table-check.tsx";
import { NoAnswer, TestSend, TestSteps, type Whereabouts } from "../../islands/test-send.tsx";
import { Block } from "../../parts/frame.tsx";
import { handed } from "../../snippet.ts";

const id = "3d1f7a90-5c26-4e0b-9b84-6f2a1c7de513";
const endpoint = `https://in.example.com/ds/${id}`;
const hitId = "05b5c783-ef83-4cd9-b64d-dbd7da9b083e";
const at = Date.UTC(2026, 10, 27, 13, 5, 31);
const stream = { id, table: "shop.orders", zone: "UTC" };

const sent = { method: "POST", at, tookMs: 412, status: 200, hitId };
const row = JSON.stringify({ hit_id: hitId, payload: "orderId=N1", is_test: true }, null, 2);
const letter = "Dataset crm does not exist.";
const found = (state: Whereabouts["state"], queue: Whereabouts["queue"], more: Partial<Whereabouts> = {}) =>
  ({ state, queue, at: at + 3_000, ...more }) as const;
const ways = [
  { sent: { ...sent, status: 503, hitId: undefined, failure: "Answered 503: the queue does not answer." } },
  { sent },
  { sent, found: found("waiting", "waiting") },
  { sent, found: found("not_found", "absent") },
  { sent, found: found("not_found", "absent", { at: at + 61_000 }), isLate: true },
  { sent, found: found("dead_letter", "absent", { letter }) },
  { sent, found: found("in_table", "absent", { table: "shop.orders", row }) },
];

/** A test hit on its way into the table, in every state. */
export function TestStates() {
  return (
    <Block id="tests" title="A test on its way">
      <div class="half">
        <TestSend {...stream} body="orderId=N1&status=delivered" />
        <NoAnswer />
        {ways.map(({ isLate = false, sent: { hitId: stored, ...others }, ...way }, index) => (
          <TestSteps
            key={index}
            {...stream}
            {...way}
            name={`p${index}`}
            sent={{ ...others, ...(stored !== undefined && { hitId: stored }) }}
            isLate={isLate}
          />
        ))}
      </div>
    </Block>
  );
}

/** What is so about a table that was typed, in every state. */
export function FindingStates() {
  const kinds = {
    fine: "shop.orders is there, and takes rows.",
    warning: "“Orders” writes to this table too.",
    problem: "Dataset crm does not exist.",
    refused: "table is 7; allowed is DATASET.TABLE.",
  };
  return (
    <Block id="findings" title="A table that is typed">
      <div class="half">
        <Findings found="looking" />
        <Findings found="unknown" />
        {Object.entries(kinds).map(([kind, text]) => (
          <Findings key={kind} found={{ findings: [{ kind: kind as keyof typeof kinds, text }], at }} />
        ))}
      </div>
    </Block>
  );
}

/** What goes to whoever sends: a file that runs, the steps in a system, and what could not be loaded. */
export function SnippetStates() {
  const shown = (type: Parameters<typeof handed>[0], failed: boolean) => (
    <Snippet
      id={id}
      endpoint={endpoint}
      type={type}
      body="form"
      snippet={handed(type, endpoint, "form")}
      failed={failed}
    />
  );
  return (
    <Block id="snippets" title="Snippets">
      <div class="half">
        {shown("bash", true)}
        {shown("tilda", false)}
      </div>
    </Block>
  );
}
