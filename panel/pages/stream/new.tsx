import { reservedId, reserveId } from "../../../functions/streams/reserve.ts";
import { addStream } from "../../../functions/streams/change.ts";
import { checkTable } from "../../../functions/streams/check.ts";
import { isProblem, Problem } from "../../../functions/problem.ts";
import { registryConflict, reservationOver, streamRefused } from "../../../functions/problems.ts";
import type { Reply } from "../../../functions/request.ts";
import { page, seeOther } from "../../document.tsx";
import type { TableFindings } from "../../islands/table-check.tsx";
import { App, Crumbs, Head } from "../../parts/frame.tsx";
import { Summary } from "../../parts/notes.tsx";
import { knownType } from "../../snippet.ts";
import { documentOf, fieldsOf, type StreamForm } from "../../stream-form.ts";
import { formOf, type Visit } from "../../visit.ts";
import { StreamAside } from "./aside.tsx";
import { type Fault, StreamFields } from "./fields.tsx";

interface Drawn {
  readonly form: StreamForm;
  readonly reserved: { readonly id: string; readonly token: string };
  readonly found?: TableFindings;
  readonly faults?: readonly Fault[];
}

/** The page on which a stream is made: its address is there before anything is saved. */
export async function newStreamPage(visit: Visit): Promise<Reply> {
  const asked = fieldsOf(visit.query);
  const form = {
    ...asked,
    offset: asked.offset === "" ? await lastOffset(visit) : asked.offset,
    type: knownType(asked.type),
  };
  const reserved = await reserveId(visit.ports, whoOf(visit));
  return draw(visit, {
    form,
    reserved,
    ...(form.table !== "" && { found: await find(visit, reserved.id, form) }),
  });
}

/** Save, and without a script also Check: then the page comes back with what was found. */
export async function saveNewStream(visit: Visit): Promise<Reply> {
  const sent = await formOf(visit);
  const fields = fieldsOf(sent);
  const form = { ...fields, type: knownType(fields.type) };
  const token = sent.get("reserved") ?? "";
  let id: string;
  try {
    id = await reservedId(visit.ports, token, whoOf(visit));
  } catch (error) {
    if (!isProblem(error, reservationOver)) throw error;
    const reserved = await reserveId(visit.ports, whoOf(visit));
    return draw(
      visit,
      { form, reserved, faults: [{ field: "endpoint", text: error.message }] },
      error.status,
    );
  }
  const reserved = { id, token };
  if (sent.has("check")) return draw(visit, { form, reserved, found: await find(visit, id, form) });
  try {
    await addStream({ ...visit.ports, newId: () => id }, visit.person, documentOf(form));
    return seeOther(`/streams/${id}?saved=1&${new URLSearchParams({ type: form.type, body: form.body })}`);
  } catch (error) {
    // Sent twice: it is saved already.
    if (isProblem(error, registryConflict)) return seeOther(`/streams/${id}`);
    if (!(error instanceof Problem) || error.status >= 500) throw error;
    const found = await find(visit, id, form);
    return draw(visit, { form, reserved, found, faults: faultsOf(error) }, 422);
  }
}

/** For the page's script. */
export async function tableFindings({ ports, query, now }: Visit): Promise<Reply> {
  const findings: TableFindings = {
    findings: await checkTable(ports, query.get("id") ?? "", documentOf(fieldsOf(query))),
    at: now,
  };
  return {
    status: 200,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(findings),
  };
}

async function find({ ports, now }: Visit, id: string, form: StreamForm): Promise<TableFindings> {
  return { findings: await checkTable(ports, id, documentOf(form)), at: now };
}

const whoOf = ({ person }: Visit): string => person.id;

const usualOffset = "+00:00";

/** Of the stream that was made last: most often the next one is of the same place. */
async function lastOffset({ ports }: Visit): Promise<string> {
  const documents = (await ports.registry.list()).map(
    ({ document }) => Object(document) as Record<string, unknown>,
  );
  const [last] = documents
    .filter(({ offset, created_at }) => typeof offset === "string" && typeof created_at === "string")
    .sort((a, b) => (String(a["created_at"]) < String(b["created_at"]) ? 1 : -1));
  return last === undefined ? usualOffset : String(last["offset"]);
}

/** A sentence begins with the field that it is about. */
export function faultsOf(problem: Problem): Fault[] {
  if (!isProblem(problem, streamRefused)) return [{ field: "table", text: problem.message }];
  return problem.facts.problems.map((text) => {
    const field = (["name", "table", "offset", "key"] as const).find((name) => text.startsWith(`${name} `));
    return { field: field ?? "table", text: `${text}.` };
  });
}

function draw(visit: Visit, { form, reserved, found, faults = [] }: Drawn, status = 200): Reply {
  const endpoint = `${visit.ports.collectUrl}/ds/${reserved.id}`;
  const title = "Add data stream";
  return page(
    faults.length > 0 ? `${title}: not saved` : title,
    <App person={visit.person} waits={visit.waits} section="streams">
      <Crumbs way={[{ href: "/streams", title: "Data streams" }]} here={title} />
      <Head
        title={title}
        sentence="Only a table and an offset are needed. Everything but the address can be changed later."
      />
      {faults.length > 0 && (
        <div class="stack">
          <Summary
            isShownFirst
            title={`The stream was not saved: ${faults.length === 1 ? "1 field needs" : `${faults.length} fields need`} a change.`}
            faults={faults}
          />
          <div />
        </div>
      )}
      <div class="split form-first">
        <StreamFields
          id={reserved.id}
          token={reserved.token}
          form={form}
          faults={faults}
          now={visit.now}
          {...(found !== undefined && { found })}
        />
        <StreamAside id={reserved.id} endpoint={endpoint} form={form} />
      </div>
    </App>,
    status,
  );
}
