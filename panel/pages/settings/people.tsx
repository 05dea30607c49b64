import { iapAudience } from "../../../functions/people/iap.ts";
import {
  addPerson,
  changePerson,
  type Linked,
  type PersonView,
  removePerson,
  resetPassword,
  viewOf,
} from "../../../functions/people/change.ts";
import { listPeople, nameRule, personId, type Role, roles } from "../../../functions/people/person.ts";
import type { Problem } from "../../../functions/problem.ts";
import type { Reply } from "../../../functions/request.ts";
import { seeOther } from "../../document.tsx";
import { Badge, Tag } from "../../parts/badge.tsx";
import { Callout, Line } from "../../parts/notes.tsx";
import { BackAndOn } from "../../parts/pages.tsx";
import { Once, PayloadsField, roleName, RoleField } from "../../parts/people.tsx";
import { Column, Table } from "../../parts/table.tsx";
import { counted, Time } from "../../parts/text.tsx";
import { formOf, type Visit } from "../../visit.ts";
import { orShown, settingsFrame } from "./page.tsx";

const perPage = 50;
const at = "/settings/people";

/** Who may do what.
 *  @param typed what stood in the form for somebody new, where that failed */
export async function peoplePage(
  visit: Visit,
  failed?: Problem,
  linked?: Linked,
  typed?: URLSearchParams,
): Promise<Reply> {
  const { ports, query, now } = visit;
  const after = query.get("after") ?? undefined;
  const [{ people, next }, audience] = await Promise.all([
    listPeople(ports, { limit: perPage, after }),
    iapAudience(ports),
  ]);
  const views = people.map((person) => viewOf(ports, person));
  const isWhole = after === undefined && next === undefined;
  const chosen = views.find(({ name }) => name === query.get("person"));
  return settingsFrame(visit, {
    here: "People",
    failed,
    sentence: isWhole ? summary(views) : "Those who may sign in, or call the API, by name.",
    children: (
      <>
        {linked !== undefined && <LinkOf visit={visit} linked={linked} />}
        {visit.query.has("done") && linked === undefined && failed === undefined && (
          <Line tone="ok" isStatus>
            <strong>Saved.</strong> It holds from their next request on.
          </Line>
        )}
        {visit.person.how === "machine" && <NobodySignsIn />}
        <div class="split">
          <div class="stack">
            {chosen !== undefined && <Change person={chosen} isRemoving={query.has("remove")} />}
            {views.length === 0 ? (
              <Line>
                Nobody yet. The first person that you add gets a link with which they set a password.
              </Line>
            ) : (
              <List visit={visit} people={views} now={now} />
            )}
            {isWhole && views.filter(({ role }) => role === "admin").length === 1 && (
              <Callout tone="warn">
                <p>
                  <strong>Only one person is an Admin.</strong> If they lose their way in, nobody can add
                  others. Make a second one.
                </p>
              </Callout>
            )}
            <div class="under">
              <p>
                Times are UTC.
                {audience !== undefined && ` Identity-Aware Proxy signs people in for ${audience}.`}
              </p>
              <BackAndOn
                words={["First page", "Next"]}
                {...(after !== undefined && { back: at })}
                {...(next !== undefined && { on: `${at}?${new URLSearchParams({ after: next })}` })}
              />
            </div>
          </div>
          <Add typed={typed} />
        </div>
      </>
    ),
  });
}

export async function addSomebody(visit: Visit): Promise<Reply> {
  const form = await formOf(visit);
  return orShown(
    async () => {
      const given = { name: form.get("name") ?? "", ...rightsIn(form) };
      return peoplePage(visit, undefined, await addPerson(visit.ports, visit.person, given));
    },
    (failed) => peoplePage(visit, failed, undefined, form),
  );
}

/** One form for all that is done with somebody: its buttons say what. */
export async function changeSomebody(visit: Visit): Promise<Reply> {
  const form = await formOf(visit);
  const name = form.get("name") ?? "";
  const { ports, person } = visit;
  return orShown(
    async () => {
      if (form.get("act") === "reset")
        return peoplePage(visit, undefined, await resetPassword(ports, person, name));
      if (form.get("act") === "remove") await removePerson(ports, person, name);
      else await changePerson(ports, person, name, rightsIn(form));
      return seeOther(`${at}?done`);
    },
    (failed) => peoplePage(visit, failed),
  );
}

function rightsIn(form: URLSearchParams): { role: Role; sees_payloads: boolean } {
  const role = roles.find((known) => known === form.get("role")) ?? "viewer";
  return { role, sees_payloads: form.has("sees_payloads") };
}

function summary(people: readonly PersonView[]): string {
  const seeing = people.filter(({ sees_payloads }) => sees_payloads).length;
  return `${counted(people.length, "person", "people")} may sign in or call the API, ${seeing} of them may see payloads.`;
}

/** The address that people open is known to us only where the configuration says it. */
function LinkOf({ visit, linked: { person, link } }: { visit: Visit; linked: Linked }) {
  const { panelOrigin } = visit.ports;
  return (
    <Once
      id="link"
      title={`A link for ${person.name}, good for seven days.`}
      text={(panelOrigin ?? "") + link.path}
      what="link"
      hint={`Hand it over yourself: Afterclick sends no mail. Whoever opens it sets the password.${panelOrigin === undefined ? " Put the address of this panel before it." : ""}`}
    />
  );
}

function NobodySignsIn() {
  return (
    <Callout tone="info">
      <p>
        Nobody signs in here: this machine alone reaches the panel. Add people, then start with{" "}
        <code>PANEL_URL</code>, the address under which they open it; from then on everybody signs in.
      </p>
    </Callout>
  );
}

function List({ visit, people, now }: { visit: Visit; people: readonly PersonView[]; now: number }) {
  return (
    <Table
      id="people"
      kind="cards"
      caption="People"
      head={
        <>
          <Column>Person</Column>
          <Column>Role</Column>
          <Column>May see payloads</Column>
          <Column class="w2">Signs in</Column>
          <Column>
            <span class="vh">Change</span>
          </Column>
        </>
      }
    >
      {people.map((person) => (
        <tr key={person.name}>
          <th scope="row">
            <strong>{person.name}</strong> {personId(person.name) === visit.person.id && <Tag>you</Tag>}
            <small>
              added by {person.added_by}
              {person.added_at !== undefined && (
                <>
                  , <Time at={Date.parse(person.added_at)} zone="UTC" now={now} />
                </>
              )}
            </small>
          </th>
          <td data-label="Role">
            {roleName(person.role)} {person.first_admin === true && <small>by the configuration</small>}
          </td>
          <td data-label="Payloads">
            {person.sees_payloads ? (
              <Badge tone="quiet" symbol="ok">
                Yes
              </Badge>
            ) : (
              <Badge tone="quiet" symbol="no">
                No
              </Badge>
            )}
          </td>
          <td class="w2">
            <SignsIn person={person} now={now} />
          </td>
          <td class="n">
            <a href={`${at}?${new URLSearchParams({ ...afterIn(visit), person: person.name })}`}>
              Change<span class="vh"> {person.name}</span>
            </a>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function afterIn({ query }: Visit): { after?: string } {
  const after = query.get("after");
  return after === null ? {} : { after };
}

function SignsIn({ person: { has_password, link_until }, now }: { person: PersonView; now: number }) {
  if (has_password) return <>with a password</>;
  if (link_until === undefined) return <span class="none">as Google knows them</span>;
  return link_until > now ? (
    <>
      by a link{" "}
      <small>
        until <Time at={link_until} zone="UTC" now={now} />
      </small>
    </>
  ) : (
    <span class="none">link is over</span>
  );
}

function Change({ person, isRemoving }: { person: PersonView; isRemoving: boolean }) {
  const { name } = person;
  const here = new URLSearchParams({ person: name });
  return (
    <dialog open aria-labelledby="change-h">
      <form method="post" action={`${at}/change`}>
        <h2 id="change-h">{isRemoving ? `Remove ${name}?` : name}</h2>
        <input type="hidden" name="name" value={name} />
        {isRemoving ? (
          <p>Their sessions and tokens end at once. What they did stays in the audit.</p>
        ) : (
          <>
            <RoleField id="change" chosen={person.role} />
            <PayloadsField id="change" isOn={person.sees_payloads} />
          </>
        )}
        <div class="actions row">
          {isRemoving ? (
            <button class="btn danger" type="submit" name="act" value="remove">
              Remove {name}
            </button>
          ) : (
            <>
              <button class="btn primary" type="submit" name="act" value="change">
                Save
              </button>
              <button class="btn" type="submit" name="act" value="reset">
                New link
              </button>
              <a class="btn plain" href={`${at}?${here}&remove`}>
                Remove
              </a>
            </>
          )}
          <a class="btn plain" href={at}>
            Cancel
          </a>
        </div>
        {!isRemoving && (
          <p class="hint">
            A new link ends their password and all their sessions, and sets a new password once.
          </p>
        )}
      </form>
    </dialog>
  );
}

function Add({ typed }: { typed: URLSearchParams | undefined }) {
  const { role, sees_payloads: isOn } = rightsIn(typed ?? new URLSearchParams());
  return (
    <form class="card" method="post" action={at} aria-labelledby="add-h">
      <header>
        <h2 id="add-h">Add a person</h2>
      </header>
      <div class="form">
        <div class="field">
          <label for="name">Name or mail address</label>
          <input
            id="name"
            name="name"
            type="text"
            autocomplete="off"
            required
            maxLength={100}
            aria-describedby="name-h"
            value={typed?.get("name") ?? ""}
          />
          <p class="hint" id="name-h">
            {nameRule}
          </p>
        </div>
        <RoleField id="add" chosen={role} />
        <PayloadsField id="add" isOn={isOn} />
      </div>
      <div class="row">
        <button type="submit" class="btn primary">
          Add and make a link
        </button>
      </div>
    </form>
  );
}
