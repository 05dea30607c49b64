import type { OfferedBox, Place } from "../../functions/import/drop-box/offered.ts";
import { factLines } from "../terminal/layout.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { utcText } from "../terminal/times.ts";
import { visible } from "../terminal/visible.ts";

/** What the commands around drop boxes share. */

export const userArgument = {
  name: "USER",
  says: "the user of the drop box, as imports dropbox show lists it",
};

export const boxShape = { user: "string", keys: "array", waiting: "number" } as const;

/** What a sender is told, and what is known of the box, a line a field. */
export async function showBox(
  box: OfferedBox & Partial<Place> & { password?: string },
  terminal: Terminal,
): Promise<void> {
  const { host, port, fingerprints = [], user, password, keys, waiting, opened_at, opened_by } = box;
  const facts: [string, unknown][] = [
    ...(host === undefined ? [] : ([["host", host]] as [string, unknown][])),
    ...(port === undefined ? [] : ([["port", port]] as [string, unknown][])),
    ["user", user],
    ...(password === undefined ? [] : ([["password", password]] as [string, unknown][])),
    ...fingerprints.map(({ type, fingerprint }): [string, unknown] => ["host key", `${type} ${fingerprint}`]),
    ["import", box.import ?? "none yet"],
    ["waiting", waiting],
    ...keys.map(({ type, fingerprint, comment }): [string, unknown] => [
      "key",
      `${type} ${fingerprint} ${comment}`.trim(),
    ]),
    ...(box.older_password_until === undefined
      ? []
      : ([["older password until", utcText(box.older_password_until)]] as [string, unknown][])),
    ...(box.addresses.length === 0
      ? []
      : ([["allowed from", box.addresses.join(", ")]] as [string, unknown][])),
    ...(box.refused === undefined
      ? []
      : ([["refused last", `${box.refused.address}, ${utcText(box.refused.at)}`]] as [string, unknown][])),
    ["opened", `${utcText(opened_at)} by ${opened_by}`],
  ];
  await terminal.out(`${factLines(facts, terminal.width).join("\n")}\n`);
  if (password !== undefined) terminal.say("The password is shown this once.");
  if (box.import === undefined)
    terminal.say(
      visible(
        `What arrives is kept until an import gets the box: afterclick imports dropbox give ${user} IMPORT`,
      ),
    );
}
