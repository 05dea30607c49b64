import { join } from "node:path";
import type { Secrets } from "../../../functions/secrets.ts";
import { startDropBoxes } from "./drop-boxes.ts";
import type { Config } from "../config.ts";
import { openKeptFiles } from "../files/kept.ts";
import { besideFiles } from "../folder/page.ts";
import { startImports, type RunningImports } from "../imports.ts";

/** Files of backend events, however they arrive: sent to the admin API, or left in drop boxes.
 *  @param directory the data folder */
export async function openImports(
  directory: string,
  config: Pick<Config, "HOST" | "SFTP_PORT">,
  { secrets, ...shared }: Parameters<typeof startImports>[1] & { readonly secrets: Secrets },
) {
  let imports: RunningImports | undefined;
  const dropBoxes = await startDropBoxes(
    directory,
    {
      ...shared,
      secrets,
      keptFiles: openKeptFiles(join(directory, besideFiles.imports)),
      arrived: () => imports?.arrived(),
    },
    { host: config.HOST, port: config.SFTP_PORT },
  );
  imports = startImports(directory, { ...shared, tellSender: dropBoxes.told });
  return { imports, dropBoxes };
}
