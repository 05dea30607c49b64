import { signOutEverywhere } from "../../../functions/people/change.ts";
import { forgetCookie } from "../../../functions/people/cookie.ts";
import type { Reply } from "../../../functions/request.ts";
import { seeOther } from "../../document.tsx";
import { Facts } from "../../parts/code.tsx";
import { Callout } from "../../parts/notes.tsx";
import { roleName } from "../../parts/people.tsx";
import { formOf, type Visit } from "../../visit.ts";
import { settingsFrame } from "./page.tsx";

/** Who asks, and what they may do. */
export function youPage(visit: Visit): Reply {
  const { person } = visit;
  const isMachine = person.how === "machine";
  return settingsFrame(visit, {
    here: "You",
    sentence: isMachine ? "Nobody signs in here." : `You are signed in as ${person.name}.`,
    children: (
      <>
        <Facts
          facts={[
            ["Name", person.name],
            ["Role", roleName(person.role)],
            [
              "Payloads",
              person.seesPayloads ? "You may see them" : "You may not see them; an admin can allow it",
            ],
          ]}
        />
        {isMachine ? (
          <Callout tone="info">
            <p>
              Whoever reaches this machine's own address may do everything. Other machines do not reach it.
            </p>
          </Callout>
        ) : (
          <form class="stack" method="post" action="/settings/you/sign-out-everywhere">
            <p>Ends your sessions in all browsers, this one too. Your tokens stay.</p>
            <div class="row">
              <button class="btn danger" type="submit">
                Sign out everywhere
              </button>
            </div>
          </form>
        )}
      </>
    ),
  });
}

export async function endAllSessions(visit: Visit): Promise<Reply> {
  await formOf(visit);
  await signOutEverywhere(visit.ports, visit.person);
  const reply = seeOther(visit.person.how === "session" ? "/sign-in" : "/settings/you");
  return { ...reply, headers: { ...reply.headers, "set-cookie": forgetCookie } };
}
