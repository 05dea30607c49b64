import { spawn } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const module = join(root, "terraform");

/** Terraform in a copy of the module, so that `init` leaves nothing in the clone. */
export interface Tool {
  /** @returns what it printed, and its exit status */
  run(...args: string[]): Promise<{ status: number; output: string }>;
  stop(): Promise<void>;
}

/** `$TERRAFORM` where it is set, else the providers' stand-in beside the clone where it is there, else `terraform`. */
export async function openTool(environment: NodeJS.ProcessEnv): Promise<Tool> {
  const folder = await mkdtemp(join(tmpdir(), "afterclick-terraform-"));
  const children = new Set<ReturnType<typeof spawn>>();

  function start(command: readonly string[], cwd: string): Promise<{ status: number; output: string }> {
    const [program = "terraform", ...args] = command;
    return new Promise((resolve, reject) => {
      const env: NodeJS.ProcessEnv = { ...environment, TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" };
      // Jest's own; and a project that the environment names would hide a missing one.
      for (const name of ["NODE_OPTIONS", "GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"]) delete env[name];
      // A configuration that is named and not there makes Terraform warn in the midst of its JSON.
      if (!existsSync(env["TF_CLI_CONFIG_FILE"] ?? "")) delete env["TF_CLI_CONFIG_FILE"];
      const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
      children.add(child);
      const chunks: Buffer[] = [];
      child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
      child.on("error", reject);
      child.on("close", (status) => {
        children.delete(child);
        resolve({ status: status ?? -1, output: Buffer.concat(chunks).toString() });
      });
    });
  }

  async function command(): Promise<string[]> {
    if (environment["TERRAFORM"]) return environment["TERRAFORM"].split(" ");
    const offline = join(root, "../shared/terraform-offline");
    if (!existsSync(offline)) return ["terraform"];
    const copy = join(folder, "offline");
    await cp(offline, copy, { recursive: true, mode: 0 });
    await start(["chmod", "-R", "u+w", copy], folder);
    const installed = await start(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], copy);
    if (installed.status !== 0) throw new Error(`The stand-in for the providers cannot be installed: ${installed.output}`);
    return ["node", join(copy, "terraform-offline.mjs")];
  }

  async function stop(): Promise<void> {
    for (const child of children) child.kill();
    await rm(folder, { recursive: true, force: true });
  }

  try {
    await cp(module, join(folder, "terraform"), {
      recursive: true,
      filter: (path) => !path.endsWith(".terraform") && !path.endsWith("terraform.tfvars"),
    });
    const terraform = await command();
    return { run: (...args) => start([...terraform, ...args], join(folder, "terraform")), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
