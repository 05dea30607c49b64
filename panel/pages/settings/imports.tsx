import {
  type OfferedBox,
  offerDropBoxes,
  type Place,
  type ToldBox,
} from "../../../functions/import/drop-box/offered.ts";
import { reaches } from "../../../functions/people/person.ts";
import { listImports } from "../../../functions/import/registered/imports.ts";
import type { Problem } from "../../../functions/problem.ts";
import type { Reply } from "../../../functions/request.ts";
import { seeOther } from "../../document.tsx";
import { changeBox } from "../../imports/boxes.ts";
import { Facts } from "../../parts/code.tsx";
import { Block } from "../../parts/frame.tsx";
import { BoxButton, Closing, NewPassword, placeFacts } from "../../parts/imports/drop-box.tsx";
import { Line } from "../../parts/notes.tsx";
import { Column, Table } from "../../parts/table.tsx";
import { Count } from "../../parts/text.tsx";
import { formOf, type Visit } from "../../visit.ts";
import { addressOf } from "../imports/page.tsx";
import { orShown, settingsFrame } from "./page.tsx";

const shownMax = 50;
const at = "/settings/imports";

/** The way that guides of backend events name: Settings, Import custom data, Add custom import. Host, user
 *  and password are there before any import is.
 *  @param told the box that has a new password */
export async function importCustomData(
  visit: Visit,
  { failed, told }: { failed?: Problem; told?: ToldBox } = {},
): Promise<Reply> {
  const { ports, query } = visit;
  const { imports, next } = await listImports(ports, { limit: shownMax });
  const names = imports.map(({ name }) => name);
  const offered = ports.dropBoxes && (await offerDropBoxes(ports).list());
  return settingsFrame(visit, {
    here: "Import custom data",
    failed,
    sentence:
      "Files of backend events: a day in each, checked, and linked to the web events that began them.",
    children: (
      <>
        {query.has("closed") && failed === undefined && told === undefined && (
          <Line tone="ok" isStatus>
            <strong>Closed.</strong> Nobody gets into that drop box any more.
          </Line>
        )}
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
            {names.map((name) => (
              <li key={name}>
                <a href={addressOf(name)}>{name}</a>
              </li>
            ))}
            {next !== undefined && (
              <li>
                <a href="/imports">more of them</a>
              </li>
            )}
          </ul>
        )}
        {offered !== undefined && (
          <Block id="drop-box" title="Drop box (SFTP)">
            {told !== undefined && <NewPassword told={told} />}
            <DropBoxes visit={visit} offered={offered} names={names} />
          </Block>
        )}
      </>
    ),
  });
}

/** What the forms of the block do. */
export async function changeBoxes(visit: Visit): Promise<Reply> {
  const form = await formOf(visit);
  return orShown(
    async () => {
      const done = await changeBox(visit, form);
      if (done.done === "told") return importCustomData(visit, { told: done.told });
      if (done.done === "given") return seeOther(addressOf(done.importName, "/connection?given"));
      return seeOther(done.done === "closed" ? `${at}?closed` : at);
    },
    (failed) => importCustomData(visit, { failed }),
  );
}

function DropBoxes(props: {
  visit: Visit;
  offered: Place & { readonly boxes: readonly OfferedBox[] };
  names: readonly string[];
}) {
  const { visit, names } = props;
  const { boxes, ...place } = props.offered;
  const mayChange = reaches(visit.person.role, "admin");
  // Nothing is asked after something was done.
  const asked = visit.request.method === "POST" ? null : visit.query.get("close");
  const closing = boxes.find(({ user }) => user === asked);
  const isOpen = boxes.some(({ import: of }) => of === undefined);
  return (
    <>
      {mayChange && closing !== undefined && <Closing user={closing.user} action={at} back={at} />}
      <p>
        Senders that know only SFTP leave their files here. What arrives before there is an import is kept,
        and offered once you add one.
      </p>
      {boxes.length === 0 ? (
        <Line>The drop box is closed: nobody can connect until it is opened.</Line>
      ) : (
        <>
          <Facts facts={placeFacts(place)} />
          <Boxes boxes={boxes} names={names} mayChange={mayChange} />
        </>
      )}
      {!mayChange && <p class="hint">Admins open and close drop boxes, and make passwords.</p>}
      {mayChange && !isOpen && (
        <div class="row">
          <BoxButton
            action={at}
            act="open"
            title={boxes.length === 0 ? "Open the drop box" : "Open one more, before its import is there"}
          />
          <span class="hint">Its user and its password are shown then.</span>
        </div>
      )}
    </>
  );
}

function Boxes(props: { boxes: readonly OfferedBox[]; names: readonly string[]; mayChange: boolean }) {
  const { boxes, names, mayChange } = props;
  return (
    <Table
      id="boxes"
      kind="cards"
      caption="Drop boxes"
      head={
        <>
          <Column>User</Column>
          <Column>Import</Column>
          <Column class="n">Files that wait</Column>
          {mayChange && (
            <Column>
              <span class="vh">Change it</span>
            </Column>
          )}
        </>
      }
    >
      {boxes.map((box) => (
        <tr key={box.user}>
          <th scope="row">
            <code>{box.user}</code>
          </th>
          <td data-label="Import">
            {box.import !== undefined ? (
              <a href={addressOf(box.import, "/connection")}>{box.import}</a>
            ) : mayChange && names.length > 0 ? (
              <Give user={box.user} names={names} />
            ) : (
              <span class="none">none yet</span>
            )}
          </td>
          <td class="n" data-label="Files that wait">
            <Count of={box.waiting} />
          </td>
          {mayChange && (
            <td>
              <div class="row">
                <BoxButton
                  action={at}
                  user={box.user}
                  act="password"
                  title="Make a new password"
                  kind="small"
                />
                <a class="btn small danger" href={`${at}?${new URLSearchParams({ close: box.user })}`}>
                  Close<span class="vh"> {box.user}</span>
                </a>
              </div>
            </td>
          )}
        </tr>
      ))}
    </Table>
  );
}

/** The sender goes on with what it was told. */
function Give({ user, names }: { user: string; names: readonly string[] }) {
  return (
    <form class="row" method="post" action={at}>
      <input type="hidden" name="user" value={user} />
      <select name="import" aria-label={`The import of ${user}`}>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <button type="submit" class="btn small" name="act" value="give">
        Give it to the import
      </button>
    </form>
  );
}
