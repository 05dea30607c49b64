import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { serveProvider, type Provider } from "./provider.ts";
import type { ProviderSchema } from "./schema.ts";

/** `node test/terraform/offline/main.ts -chdir=DIR validate`: Terraform, with every provider of schema/
 *  answered by this process. No provider is installed, nothing is asked over the network, and no account is
 *  needed; see README.md. */

const folder = join(import.meta.dirname, "schema");
const reattach = JSON.parse(process.env["TF_REATTACH_PROVIDERS"] || "{}") as Record<string, object>;
const providers: Provider[] = [];
for (const file of readdirSync(folder)) {
  const name = /^(.+)-[\d.]+\.json$/.exec(file)?.[1];
  const address = `hashicorp/${name}`;
  if (name === undefined || reattach[address] !== undefined) continue;
  const schema = JSON.parse(readFileSync(join(folder, file), "utf8")) as ProviderSchema;
  const provider = await serveProvider(name, schema, process.env);
  providers.push(provider);
  reattach[address] = {
    Protocol: "grpc",
    ProtocolVersion: 5,
    Pid: process.pid,
    Test: true,
    Addr: { Network: "tcp", String: provider.address },
  };
}

const terraform = spawn("terraform", process.argv.slice(2), {
  stdio: "inherit",
  env: { ...process.env, TF_REATTACH_PROVIDERS: JSON.stringify(reattach), CHECKPOINT_DISABLE: "1" },
});
process.on("SIGINT", () => undefined); // Terraform has it from the terminal, and ends in its own time.
process.on("SIGTERM", () => terraform.kill("SIGTERM"));
terraform.on("error", (error) => {
  process.stderr.write(`terraform: ${error.message}\n`);
  process.exit(127);
});
terraform.on("exit", (code, signal) => {
  for (const provider of providers) provider.stop();
  process.exit(code ?? 128 + constants.signals[signal!]);
});
