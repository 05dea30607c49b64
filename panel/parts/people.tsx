import { type Role, roles } from "../../functions/people/person.ts";
import { Callout } from "./notes.tsx";
import { CopyLine } from "./code.tsx";

/** Parts of the pages about people and their tokens. */

const may: Record<Role, string> = {
  viewer: "sees streams and counts, sends nothing",
  editor: "adds and changes streams, replays dead letters",
  admin: "also people, everybody's tokens, the audit",
};

/** @param props.id of the fields, of which a page may have several */
export function RoleField(props: { id: string; chosen: Role }) {
  return (
    <fieldset class="field">
      <legend>Role</legend>
      <div class="stack">
        {roles.map((role) => (
          <label key={role} class="tick" for={`${props.id}-${role}`}>
            <input
              type="radio"
              id={`${props.id}-${role}`}
              name="role"
              value={role}
              checked={role === props.chosen}
            />
            <span>
              {roleName(role)} <small>{may[role]}</small>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function PayloadsField(props: { id: string; isOn: boolean }) {
  return (
    <label class="tick" for={`${props.id}-payloads`}>
      <input
        type="checkbox"
        id={`${props.id}-payloads`}
        name="sees_payloads"
        value="1"
        checked={props.isOn}
      />
      <span>
        May see payloads <small>they hold personal data, whatever the role</small>
      </span>
    </label>
  );
}

export const roleName = (role: Role): string => role.charAt(0).toUpperCase() + role.slice(1);

/** What nobody is shown again. */
export function Once(props: { title: string; hint: string; id: string; text: string; what: string }) {
  return (
    <Callout tone="ok">
      <p>
        <strong>{props.title}</strong> It is shown here alone, this once.
      </p>
      <CopyLine id={props.id} text={props.text} what={props.what} isPrimary />
      <p class="hint">{props.hint}</p>
    </Callout>
  );
}
