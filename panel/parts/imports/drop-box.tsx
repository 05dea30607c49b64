import type { Fingerprint } from "../../../functions/import/drop-box/ground.ts";
import type { OfferedBox, Place, ToldBox } from "../../../functions/import/drop-box/offered.ts";
import { clientsFor } from "../../imports/clients.ts";
import { Code } from "../code.tsx";
import { Once } from "../people.tsx";
import { Column, Table } from "../table.tsx";
import { Time } from "../text.tsx";

/** Parts of the pages about drop boxes. */

/** As facts of the place: where senders connect. */
export function placeFacts({ host, port, fingerprints }: Place) {
  return [
    ["Host", <code key="host">{host}</code>],
    ["Port", port === undefined ? <span class="none">closed</span> : <code key="port">{port}</code>],
    ["Host keys", <HostKeys key="keys" fingerprints={fingerprints} />],
  ] as const;
}

/** A sender compares them at its first connection. */
function HostKeys({ fingerprints }: { fingerprints: readonly Fingerprint[] }) {
  if (fingerprints.length === 0) return <span class="none">made with the first drop box</span>;
  return (
    <>
      {fingerprints.map(({ type, fingerprint }) => (
        <div key={fingerprint}>
          {type} <code>{fingerprint}</code>
        </div>
      ))}
    </>
  );
}

/** A new password: all that the sender needs stands beside it. */
export function NewPassword({ told }: { told: ToldBox }) {
  return (
    <>
      <Once
        id="box-password"
        title={`The password of ${told.user}.`}
        text={told.password}
        what="password"
        hint="Send it to whoever sends the files, together with host, port and user. A password before it is taken for a day more."
      />
      <Clients place={told} user={told.user} />
    </>
  );
}

export function Clients({ place, user }: { place: Place; user: string }) {
  if (place.port === undefined) return null;
  return (
    <div class="stack">
      {clientsFor(place, user).map(({ id, title, text }, index) => (
        <details key={id} open={index === 0}>
          <summary>{title}</summary>
          <Code id={`client-${id}`} title={title} wraps>
            {text}
          </Code>
        </details>
      ))}
    </div>
  );
}

/** By which a sender gets in without a password. */
export function BoxKeys(props: {
  box: OfferedBox;
  action: string;
  mayChange: boolean;
  zone: string;
  now: number;
}) {
  const { box, action, mayChange, zone, now } = props;
  if (box.keys.length === 0) return null;
  return (
    <Table
      id="box-keys"
      kind="cards"
      caption="Public keys"
      isTitled
      head={
        <>
          <Column>Key</Column>
          <Column>Added</Column>
          {mayChange && (
            <Column>
              <span class="vh">Remove it</span>
            </Column>
          )}
        </>
      }
    >
      {box.keys.map(({ type, fingerprint, comment, added_at, added_by }) => (
        <tr key={fingerprint}>
          <th scope="row">
            {type} <code>{fingerprint}</code> {comment !== "" && <small>{comment}</small>}
          </th>
          <td data-label="Added">
            <Time at={added_at} zone={zone} now={now} /> <small>by {added_by}</small>
          </td>
          {mayChange && (
            <td class="n">
              <form method="post" action={action}>
                <input type="hidden" name="user" value={box.user} />
                <input type="hidden" name="fingerprint" value={fingerprint} />
                <button type="submit" class="btn small" name="act" value="remove-key">
                  Remove<span class="vh"> the key {fingerprint}</span>
                </button>
              </form>
            </td>
          )}
        </tr>
      ))}
    </Table>
  );
}

/** One button of a form about a drop box. */
export function BoxButton(props: {
  action: string;
  user?: string;
  act: string;
  title: string;
  kind?: string;
}) {
  return (
    <form method="post" action={props.action}>
      {props.user !== undefined && <input type="hidden" name="user" value={props.user} />}
      <button type="submit" class={`btn ${props.kind ?? ""}`.trim()} name="act" value={props.act}>
        {props.title}
      </button>
    </form>
  );
}

/** Asked before, since every sender is shut out. */
export function Closing({ user, action, back }: { user: string; action: string; back: string }) {
  return (
    <dialog open aria-labelledby="close-h">
      <form method="post" action={action}>
        <h2 id="close-h">Close the drop box {user}?</h2>
        <p>Its sender is refused from now on. What was imported stays, and its folder on this machine too.</p>
        <input type="hidden" name="user" value={user} />
        <div class="actions row">
          <button class="btn danger" type="submit" name="act" value="close">
            Close it
          </button>
          <a class="btn plain" href={back}>
            Cancel
          </a>
        </div>
      </form>
    </dialog>
  );
}
