import { type Role, reaches, roles } from "../../../functions/people/person.ts";
import { addToken, listTokens, removeToken, type TokenView } from "../../../functions/people/tokens.ts";
import type { Problem } from "../../../functions/problem.ts";
import { requestRefused } from "../../../functions/problems.ts";
import type { Reply } from "../../../functions/request.ts";
import { seeOther } from "../../document.tsx";
import { Line } from "../../parts/notes.tsx";
import { BackAndOn } from "../../parts/pages.tsx";
import { Once, PayloadsField, roleName, RoleField } from "../../parts/people.tsx";
import { Column, Table } from "../../parts/table.tsx";
import { Time } from "../../parts/text.tsx";
import type { Person } from "../../ports.ts";
import { formOf, type Visit } from "../../visit.ts";
import { orShown, settingsFrame } from "./page.tsx";

const perPage = 50;
const at = "/settings/tokens";
type Made = TokenView & { token: string };

/** Tokens by which programs ask in a person's name.
 *  @param typed what stood in the form for a new one, where that failed */
export async function tokensPage(
  visit: Visit,
  failed?: Problem,
  made?: Made,
  typed = new URLSearchParams(),
): Promise<Reply> {
  const { ports, person, query, now } = visit;
  const after = query.get("after") ?? undefined;
  const { tokens, next } = await listTokens(ports, person, { limit: perPage, after });
  const ending = tokens.find(({ id }) => id === query.get("end"));
  const isAdmin = reaches(person.role, "admin");
  return settingsFrame(visit, {
    here: "API tokens",
    failed,
    sentence: isAdmin
      ? "Everybody's tokens. None reaches further than its person does at the time."
      : "Your tokens. None reaches further than you do at the time.",
    children: (
      <>
        {made !== undefined && (
          <Once
            id="token"
            title={`The token “${made.name}” of ${made.person}.`}
            text={made.token}
            what="token"
            hint="Give it to the command line as --token or AFTERCLICK_TOKEN, to the API as Authorization: Bearer."
          />
        )}
        {query.has("ended") && failed === undefined && made === undefined && (
          <Line tone="ok" isStatus>
            <strong>Ended.</strong> The token is taken no more.
          </Line>
        )}
        <div class="split">
          <div class="stack">
            {ending !== undefined && <Ending token={ending} />}
            {tokens.length === 0 ? (
              <Line>No token yet. A program, or the command line elsewhere, needs one.</Line>
            ) : (
              <List tokens={tokens} now={now} />
            )}
            <div class="under">
              <p>Times are UTC; a use is told to the minute.</p>
              <BackAndOn
                words={["First page", "Next"]}
                {...(after !== undefined && { back: at })}
                {...(next !== undefined && { on: `${at}?${new URLSearchParams({ after: next })}` })}
              />
            </div>
          </div>
          <Add person={person} isAdmin={isAdmin} typed={typed} />
        </div>
      </>
    ),
  });
}

export async function makeToken(visit: Visit): Promise<Reply> {
  const form = await formOf(visit);
  return orShown(
    async () => tokensPage(visit, undefined, await addToken(visit.ports, visit.person, givenIn(form))),
    (failed) => tokensPage(visit, failed, undefined, form),
  );
}

export async function endToken(visit: Visit): Promise<Reply> {
  const id = (await formOf(visit)).get("id") ?? "";
  return orShown(
    async () => {
      await removeToken(visit.ports, visit.person, id);
      return seeOther(`${at}?ended`);
    },
    (failed) => tokensPage(visit, failed),
  );
}

const [nameMax, daysMax] = [80, 3_650];

function givenIn(form: URLSearchParams) {
  const text = (name: string) => (form.get(name) ?? "").trim();
  const role = roleIn(form);
  const [name, person, days] = [text("name"), text("person"), text("days")];
  if (name === "" || name.length > nameMax)
    throw requestRefused({ what: `Its name has ${name.length} characters; allowed are 1 to ${nameMax}` });
  if (days !== "" && !(/^\d{1,4}$/.test(days) && Number(days) >= 1 && Number(days) <= daysMax))
    throw requestRefused({
      what: `days is ${JSON.stringify(days.slice(0, 20))}; allowed is a whole number from 1 to ${daysMax}, or nothing`,
    });
  return {
    name,
    role,
    sees_payloads: form.has("sees_payloads"),
    ...(person !== "" && { person }),
    ...(days !== "" && { days: Number(days) }),
  };
}

const roleIn = (form: URLSearchParams): Role => roles.find((known) => known === form.get("role")) ?? "viewer";

function List({ tokens, now }: { tokens: readonly TokenView[]; now: number }) {
  return (
    <Table
      id="tokens"
      kind="cards"
      caption="API tokens"
      head={
        <>
          <Column>Token</Column>
          <Column>Person</Column>
          <Column>Scope</Column>
          <Column>Last use</Column>
          <Column class="w2">Ends</Column>
          <Column>
            <span class="vh">End it</span>
          </Column>
        </>
      }
    >
      {tokens.map((token) => (
        <tr key={token.id} class={token.until !== undefined && token.until <= now ? "off" : undefined}>
          <th scope="row">
            <strong>{token.name}</strong> <small class="mono">{token.id}</small>
          </th>
          <td data-label="Person">{token.person}</td>
          <td data-label="Scope">
            {roleName(token.role)} <small>{token.sees_payloads ? "with payloads" : "without payloads"}</small>
          </td>
          <td class="t" data-label="Last use">
            {token.used_at === undefined ? (
              <span class="none">never</span>
            ) : (
              <Time at={token.used_at} zone="UTC" now={now} />
            )}
          </td>
          <td class="t w2">
            {token.until === undefined ? (
              <span class="none">never</span>
            ) : (
              <Time at={token.until} zone="UTC" now={now} />
            )}
          </td>
          <td class="n">
            <a href={`${at}?${new URLSearchParams({ end: token.id })}`}>
              End<span class="vh"> {token.name}</span>
            </a>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Ending({ token }: { token: TokenView }) {
  return (
    <dialog open aria-labelledby="end-h">
      <form method="post" action={`${at}/end`}>
        <h2 id="end-h">End the token “{token.name}”?</h2>
        <p>Whatever uses it is refused from its next request on. It cannot be made to work again.</p>
        <input type="hidden" name="id" value={token.id} />
        <div class="actions row">
          <button class="btn danger" type="submit">
            End the token
          </button>
          <a class="btn plain" href={at}>
            Cancel
          </a>
        </div>
      </form>
    </dialog>
  );
}

function Add({ person, isAdmin, typed }: { person: Person; isAdmin: boolean; typed: URLSearchParams }) {
  const stood = (name: string) => typed.get(name) ?? "";
  return (
    <form class="card" method="post" action={at} aria-labelledby="make-h">
      <header>
        <h2 id="make-h">Make a token</h2>
      </header>
      <div class="form">
        <div class="field">
          <label for="name">What it is for</label>
          <input
            id="name"
            name="name"
            type="text"
            autocomplete="off"
            required
            maxLength={nameMax}
            value={stood("name")}
          />
        </div>
        {isAdmin && (
          <div class="field">
            <label for="person">Whose{person.how !== "machine" && <small>yours where left out</small>}</label>
            <input
              id="person"
              name="person"
              type="text"
              autocomplete="off"
              maxLength={100}
              required={person.how === "machine"}
              value={stood("person")}
            />
          </div>
        )}
        <RoleField id="make" chosen={roleIn(typed)} />
        <PayloadsField id="make" isOn={typed.has("sees_payloads")} />
        <div class="field">
          <label for="days">
            Ends after so many days<small>never where left out</small>
          </label>
          <input
            id="days"
            name="days"
            type="text"
            inputmode="numeric"
            autocomplete="off"
            maxLength={4}
            value={stood("days")}
          />
        </div>
      </div>
      <div class="row">
        <button type="submit" class="btn primary">
          Make token
        </button>
      </div>
    </form>
  );
}
