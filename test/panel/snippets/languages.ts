import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync, globSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Language } from "../../../panel/snippets/snippets.ts";

/** How what is handed out in each language is run here. */
export interface Runner {
  /** What is not here, and the command that brings it; undefined where all is. */
  missing(): string | undefined;
  /** @param file the text, in a folder of its own
   *  @returns the command that runs it */
  prepare(file: string, folder: string): string[];
}

const dotnet = join(import.meta.dirname, "../../../.tools/dotnet/runtime");

/** Those that this machine may have; Apps Script and 1C run nowhere but in their own house. */
export const runners: Readonly<Partial<Record<Language, Runner>>> = {
  bash: {
    missing: () =>
      lacks("bash", ["-c", "curl --version"])
        ? "bash or curl is not here: `apt-get install bash curl`, `brew install bash curl`."
        : undefined,
    prepare: (file) => ["bash", file],
  },
  php: {
    missing: () =>
      lacks("php", ["-r", "exit(function_exists('curl_init') ? 0 : 1);"])
        ? "PHP with its curl extension is not here: `apt-get install php-cli php-curl`, `brew install php`."
        : undefined,
    prepare: (file) => ["php", file],
  },
  python: {
    missing: () =>
      lacks("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 8))"])
        ? "Python 3.8 or newer is not here: `apt-get install python3`, `brew install python`."
        : undefined,
    prepare: (file) => ["python3", "-B", file],
  },
  node: { missing: () => undefined, prepare: (file) => [process.execPath, file] },
  java: {
    missing: () =>
      lacks("javac", ["--release", "11", "-version"])
        ? "javac 11 or newer is not here: `apt-get install default-jdk-headless`, `brew install openjdk`."
        : undefined,
    prepare(file, folder) {
      did("javac", ["--release", "11", "-Xlint:-options", "-d", folder, file]);
      return ["java", "-cp", folder, "SendToAfterclick"];
    },
  },
  csharp: {
    missing: () =>
      lacks("mcs", ["--version"]) || !existsSync(join(dotnet, "dotnet"))
        ? "mcs or .NET's runtime is not here: `apt-get install mono-mcs && .ci/dotnet`, which needs python3."
        : undefined,
    prepare(file, folder) {
      // Mono's compiler does not know that Main may be asynchronous.
      const start = join(folder, "Start.cs");
      writeFileSync(
        start,
        "static class Start { static void Main() => SendToAfterclick.Main().GetAwaiter().GetResult(); }\n",
      );
      const program = join(folder, "send.dll");
      const framework = globSync(join(dotnet, "shared/Microsoft.NETCore.App/*"))[0]!;
      const libraries = ["System.Private.CoreLib", "netstandard", ...namespaces].map(
        (name) => `-r:${join(framework, name)}.dll`,
      );
      const flags = ["-nostdlib", "-noconfig", "-langversion:latest", "-main:Start", `-out:${program}`];
      did("mcs", [...flags, ...libraries, file, start]);
      const version = framework.split("/").at(-1)!;
      const config = {
        runtimeOptions: {
          framework: { name: "Microsoft.NETCore.App", version },
          configProperties: { "System.Globalization.Invariant": true },
        },
      };
      writeFileSync(join(folder, "send.runtimeconfig.json"), JSON.stringify(config));
      return [join(dotnet, "dotnet"), program];
    },
  },
  ruby: {
    missing: () =>
      lacks("ruby", ["-r", "net/http", "-r", "json", "-e", "exit RUBY_VERSION >= '2.7'"])
        ? "Ruby 2.7 or newer is not here: `apt-get install ruby`, `brew install ruby`."
        : undefined,
    prepare: (file) => ["ruby", "-w", file],
  },
  go: {
    missing: () =>
      lacks("go", ["version"])
        ? "Go is not here: `apt-get install golang-go`, `brew install go`."
        : undefined,
    prepare(file, folder) {
      const program = join(folder, "send");
      did("go", ["build", "-o", program, file]);
      return [program];
    },
  },
};

const namespaces = ["Runtime", "Runtime.Extensions", "Collections", "Linq", "Console", "Net.Http"]
  .concat(["Net.Primitives", "Private.Uri", "Threading.Tasks", "Text.Json"])
  .map((name) => `System.${name}`);

/** Of this machine only where its tools lie; nothing that would send requests elsewhere. */
export const environment: NodeJS.ProcessEnv = {
  PATH: process.env["PATH"],
  HOME: process.env["HOME"],
  LANG: "C.UTF-8",
  GOPROXY: "off",
  GOTOOLCHAIN: "local",
  DOTNET_CLI_TELEMETRY_OPTOUT: "1",
};

function lacks(program: string, args: string[]): boolean {
  return run(program, args).status !== 0;
}

/** @throws Error with what it printed, where it fails */
function did(program: string, args: string[]): void {
  const { status, stdout, stderr } = run(program, args);
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${status}\n${stdout}${stderr}`);
}

function run(program: string, args: string[]): SpawnSyncReturns<string> {
  return spawnSync(program, args, { env: environment, encoding: "utf8" });
}
