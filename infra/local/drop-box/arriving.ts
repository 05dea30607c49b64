import { join } from "node:path";
import { startDropBoxes } from "./drop-boxes.ts";
import type { Config } from "../config.ts";
import { openKeptFiles } from "../files/kept.ts";
import { besideFiles } from "../folder/page.ts";
import { startImports, type RunningImports } from "../imports.ts";
import { openSecrets } from "../secrets/secrets.ts";

/** Files of backend events, however they arrive: sent to the admin API, or left in drop boxes.
 *  @param directory the data folder */
export async function openImports(
  directory: string,
  config: Pick<Config, "HOST" | "SFTP_PORT" | "AFTERCLICK_SECRET_KEY">,
  shared: Parameters<typeof startImports>[1],
) {
  let imports: RunningImports | undefined;
  const dropBoxes = await startDropBoxes(
    directory,
    {
      ...shared,
      secrets: openSecrets(directory, { key: config.AFTERCLICK_SECRET_KEY, now: shared.now }),
      keptFiles: openKeptFiles(join(directory, besideFiles.imports)),
      arrived: () => imports?.arrived(),
    },
    { host: config.HOST, port: config.SFTP_PORT },
  );
  imports = startImports(directory, { ...shared, tellSender: dropBoxes.told });
  return { imports, dropBoxes };
}
