import { Block } from "../../parts/frame.tsx";
import { Once, PayloadsField, RoleField } from "../../parts/people.tsx";

/** What the pages about people and tokens are made of. */
export function PeopleParts() {
  return (
    <Block id="people" title="People and what is shown once">
      <div class="half">
        <form class="form">
          <RoleField id="p" chosen="editor" />
          <PayloadsField id="p" isOn />
        </form>
        <Once
          id="p-link"
          title="A link for maria, good for seven days."
          text="https://afterclick.example.com/password/bWFyaWE.…"
          what="link"
          hint="Hand it over yourself: Afterclick sends no mail."
        />
      </div>
    </Block>
  );
}
