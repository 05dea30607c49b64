import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const tool = join(root, ".tools/schemathesis/bin/schemathesis");

/** What is not here, and the command that brings it. */
export function noSchemathesis(): string | undefined {
  return existsSync(tool) ? undefined : "Schemathesis is not here: `.ci/schemathesis`, which needs python3.";
}

/** Answers that the document declares, each with the type and the schema that it declares. */
const checks = [
  "status_code_conformance",
  "content_type_conformance",
  "response_schema_conformance",
  "response_headers_conformance",
];

/** Runs it over every operation but the tail, which does not end, and the backup,
 *  which writes where it is told.
 *  @param examples for each operation, beside the cases that it makes of the document itself
 *  @returns how many requests it made, and what it printed */
export async function runSchemathesis(
  document: string,
  folder: string,
  examples: number,
): Promise<{ failed: boolean; requests: number; output: string }> {
  const args = ["run", document, "--checks", checks.join(","), "--max-examples", String(examples)];
  args.push(
    "--phases",
    "examples,coverage,fuzzing",
    "--seed",
    "1",
    "--no-color",
    "--no-shrink",
    "--workers",
    "2",
  );
  args.push("--exclude-operation-id", "tailStream", "--exclude-operation-id", "backup");
  args.push(
    "--continue-on-failure",
    "--warnings",
    "off",
    "--request-timeout",
    "120",
    "--suppress-health-check",
    "all",
  );
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    PYTHONUTF8: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONPATH: join(import.meta.dirname, "python"),
  };
  const child = spawn(tool, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const end = () => void child.kill("SIGKILL");
  process.once("exit", end);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  // A tool whose Python is gone cannot be started: nothing would ever close.
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once("close", resolve).once("error", reject),
  );
  process.off("exit", end);
  const requests = Number(/^ +([\d,]+) generated/m.exec(output)?.[1]?.replaceAll(",", "") ?? 0);
  return { failed: code !== 0, requests, output };
}
