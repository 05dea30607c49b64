import { offerDropBoxes, type ToldBox } from "../../functions/import/drop-box/offered.ts";
import { requestRefused } from "../../functions/problems.ts";
import type { Visit } from "../visit.ts";

/** What is done with drop boxes by forms: the button that was pressed says what. */

/** What is done, and the box with its password where it has a new one. */
export type BoxDone =
  | { readonly done: "told"; readonly told: ToldBox }
  | { readonly done: "given"; readonly importName: string }
  | { readonly done: "closed" | "changed" };

/** @param importName of the page that the form stands on; left out where it is of no import
 *  @throws request_refused; what functions/import/drop-box/offered.ts throws */
export async function changeBox(
  { ports, person }: Visit,
  form: URLSearchParams,
  importName?: string,
): Promise<BoxDone> {
  const boxes = offerDropBoxes(ports);
  const typed = (name: string) => (form.get(name) ?? "").trim();
  const user = typed("user");
  switch (typed("act")) {
    case "open":
      return { done: "told", told: await boxes.open(person, importName) };
    case "password":
      return { done: "told", told: await boxes.renewPassword(person, user) };
    case "give": {
      const to = importName ?? typed("import");
      await boxes.give(person, user, to);
      return { done: "given", importName: to };
    }
    case "close":
      await boxes.close(person, user);
      return { done: "closed" };
    case "allow":
      await boxes.allow(
        person,
        user,
        typed("addresses")
          .split(/[\s,]+/)
          .filter((one) => one !== ""),
      );
      return { done: "changed" };
    case "add-key":
      await boxes.addKey(person, user, typed("key"));
      return { done: "changed" };
    case "remove-key":
      await boxes.removeKey(person, user, typed("fingerprint"));
      return { done: "changed" };
    default:
      throw requestRefused({ what: "The form says nothing of what is to be done with the drop box" });
  }
}
