import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const module = join(root, "terraform");

/** Terraform in a copy of the module, so that `init` leaves nothing in the clone. */
export interface Tool {
  /** Of the copy. */
  readonly folder: string;
  /** @returns what it printed, and its exit status */
  run(...args: string[]): Promise<Ran>;
  stop(): Promise<void>;
}

/** What is not here, and the command that brings it. */
export function noTerraform(environment: NodeJS.ProcessEnv): string | undefined {
  const [program, ...args] = (environment["TERRAFORM"] || "terraform").split(" ") as [string, ...string[]];
  const env = { ...environment, CHECKPOINT_DISABLE: "1" };
  const { status, stdout } = spawnSync(program, [...args, "version", "-json"], { env, encoding: "utf8" });
  const [major = 0, minor = 0] =
    status === 0 ? String(JSON.parse(stdout).terraform_version).split(".").map(Number) : [];
  if (major > 1 || (major === 1 && minor >= 9)) return undefined;
  return "Terraform 1.9 or newer is not on the PATH: `brew install hashicorp/tap/terraform`, `apt-get install terraform` with HashiCorp's packages, or https://developer.hashicorp.com/terraform/install.";
}

/** `$TERRAFORM` with its own providers where it is set, else `terraform` with the
 *  providers' stand-in of offline/. */
export async function openTool(environment: NodeJS.ProcessEnv): Promise<Tool> {
  const folder = await mkdtemp(join(tmpdir(), "afterclick-terraform-"));
  const children = new Set<ChildProcess>();

  async function stop(): Promise<void> {
    for (const child of children) child.kill();
    await rm(folder, { recursive: true, force: true });
  }

  try {
    await cp(module, join(folder, "terraform"), {
      recursive: true,
      filter: (path) => !path.endsWith(".terraform") && !path.endsWith("terraform.tfvars"),
    });
    const terraform = environment["TERRAFORM"] ? environment["TERRAFORM"].split(" ") : offline;
    return {
      folder: join(folder, "terraform"),
      run: (...args) => start([...terraform, ...args], join(folder, "terraform"), environment, children),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Terraform with the providers' stand-in, in any folder. */
export async function runTerraform(folder: string, args: readonly string[]): Promise<Ran> {
  return start([...offline, ...args], folder, process.env, new Set());
}

const offline = [process.execPath, join(import.meta.dirname, "offline/main.ts")];

interface Ran {
  readonly status: number;
  readonly output: string;
}

function start(
  command: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv,
  children: Set<ChildProcess>,
): Promise<Ran> {
  const [program = "terraform", ...args] = command;
  const env: NodeJS.ProcessEnv = { ...environment, TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" };
  // Jest's own; and a project that the environment names would hide a missing one.
  for (const name of foreign) delete env[name];
  // A configuration that is named and not there makes Terraform warn in the midst of its JSON.
  if (!existsSync(env["TF_CLI_CONFIG_FILE"] ?? "")) delete env["TF_CLI_CONFIG_FILE"];
  return new Promise((resolve, reject) => {
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

const foreign = [
  "NODE_OPTIONS",
  "GOOGLE_PROJECT",
  "GOOGLE_CLOUD_PROJECT",
  "GCLOUD_PROJECT",
  "CLOUDSDK_CORE_PROJECT",
];
