import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Documents } from "../../functions/documents.ts";
import { createIdentify, everybodyIsThisMachine, type Identify } from "../../functions/people/identify.ts";
import type { PeoplePorts } from "../../functions/people/person.ts";
import { hashOf, newSecret } from "../../functions/people/secret.ts";
import { machineTokenName } from "./machine-token.ts";

export interface People extends PeoplePorts {
  readonly identify: Identify;
  readonly panelOrigin?: string;
}

/** Who is known on one machine: everybody who reaches the door, since nobody but this machine does; or, with
 *  PANEL_URL, people who sign in, and the command line by a token that is made anew at each start: somebody
 *  else on its port could learn only one that is over. */
export async function openPeople(
  directory: string,
  documents: Documents,
  panelUrl: string | undefined,
): Promise<People & { close(): Promise<void> }> {
  const ports = { documents, firstAdmins: [], now: Date.now };
  const file = join(directory, machineTokenName);
  await rm(file, { force: true });
  if (panelUrl === undefined)
    return { ...ports, identify: everybodyIsThisMachine, close: () => Promise.resolve() };
  const secret = newSecret();
  await writeFile(file, secret, { mode: 0o600, flag: "wx" });
  return {
    ...ports,
    identify: createIdentify({ ...ports, machineSecretHash: hashOf(secret) }),
    panelOrigin: new URL(panelUrl).origin,
    close: () => rm(file, { force: true }),
  };
}
