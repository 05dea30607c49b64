import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { readConfig } from "../../infra/config.ts";
import { configSchema as cloudSchema } from "../../infra/google/config.ts";
import { configSchema, type Config } from "../../infra/local/config.ts";

const read = (env: Record<string, string>) => readConfig<Config>(configSchema, env);

test("without any variable the defaults hold, and docs/embedded.md says each of them", () => {
  const page = readFileSync(new URL("../../docs/embedded.md", import.meta.url), "utf8");
  const documented = Object.fromEntries(
    [...page.matchAll(/^\| `([A-Z_]+)` +\| (\S+) +\|/gm)].map(([, name, value]) => [name, value]),
  );
  const config: Record<string, unknown> = { ...read({}) };
  expect(Object.keys(documented).sort()).toEqual(Object.keys(configSchema.properties).sort());
  for (const [name, value] of Object.entries(config)) expect(String(value)).toBe(documented[name]);
});

test("an empty variable counts as one that is not set, and foreign ones are ignored", () => {
  expect(read({ PORT: "", PATH: "/bin" })).toEqual(read({}));
});

test.each([
  ["PORT", "-1"],
  ["PORT", "65536"],
  ["PORT", "http"],
  ["ADMIN_PORT", "80.5"],
  ["TRUSTED_PROXIES", "6"],
  ["LOG_LEVEL", "loud"],
  ["COLLECT_URL", "hits.example.com"],
  ["COLLECT_URL", "https://hits.example.com/?a=1"],
  ["COLLECT_URL", "https:///"],
  ["DEFAULT_DATASET", "my-dataset"],
  ["DEFAULT_DATASET", "afterclick"],
  ["DEFAULT_DATASET", "AfterClick"],
  ["DEFAULT_DATASET", "Example"],
  ["DEFAULT_DATASET", "pg_catalog"],
  ["DEFAULT_DATASET", "Information_Schema"],
])("a wrong %s stops the start in one line that names it and says what it is for", (name, value) => {
  let problem: Error | undefined;
  try {
    read({ [name]: value });
  } catch (error) {
    problem = error as Error;
  }
  expect(problem).toMatchObject({ code: "config_invalid" });
  expect(problem!.message).toContain(`${name} must `);
  expect(problem!.message).toContain(`, not ${JSON.stringify(value)} (`);
  expect(problem!.message).toContain(String(configSchema.properties[name]!.description));
  expect(problem!.message).not.toContain("\n");
});

test("a dataset that is taken says which names are", () => {
  expect(() => read({ DEFAULT_DATASET: "Example" })).toThrow(
    /DEFAULT_DATASET must be none of afterclick, example, information_schema, pg_catalog, in whatever case/,
  );
});

test.each(["deliver", "admin"])(
  "in the cloud, too, bare table names cannot mean the product's own dataset: %s",
  (target) => {
    const env = {
      FUNCTION_TARGET: target,
      PROJECT: "my-project",
      LOCATION: "EU",
      TOPIC: "projects/my-project/topics/hits",
      SUBSCRIPTION: "projects/my-project/subscriptions/deliver",
      RETRY_TOPIC: "projects/my-project/topics/retries",
      RETRY_SUBSCRIPTION: "projects/my-project/subscriptions/retried",
      JOBS_TOPIC: "projects/my-project/topics/jobs",
      COLLECT_URL: "https://hits.example.com",
    };
    const cloud = (more: Record<string, string>) => readConfig(cloudSchema(target), { ...env, ...more });
    expect(cloud({})).toMatchObject({ DEFAULT_DATASET: "conversions" });
    expect(() => cloud({ DEFAULT_DATASET: "Afterclick" })).toThrow(
      /^DEFAULT_DATASET must differ from PRODUCT_DATASET/,
    );
    expect(() => cloud({ PRODUCT_DATASET: "conversions" })).toThrow(
      /^DEFAULT_DATASET must differ from PRODUCT_DATASET/,
    );
  },
);

test("every wrong variable is named at once", () => {
  expect(() => read({ PORT: "http", LOG_LEVEL: "loud" })).toThrow(/PORT.*LOG_LEVEL/);
});

test.each([
  ["COLLECT_URL", "https://hits.example.com/", "https://hits.example.com"],
  ["COLLECT_URL", "https://example.com/hits//", "https://example.com/hits"],
  ["LOG_LEVEL", "warn", "warning"],
  ["LOG_LEVEL", "INFO", "info"],
])("%s takes what people write: %s", (name, given, taken) => {
  expect(read({ [name]: given })).toMatchObject({ [name]: taken });
  const cloud = {
    FUNCTION_TARGET: "admin",
    PROJECT: "my-project",
    LOCATION: "EU",
    TOPIC: "projects/my-project/topics/hits",
    SUBSCRIPTION: "projects/my-project/subscriptions/deliver",
    RETRY_SUBSCRIPTION: "projects/my-project/subscriptions/retried",
    JOBS_TOPIC: "projects/my-project/topics/jobs",
    COLLECT_URL: "https://hits.example.com",
    [name]: given,
  };
  expect(readConfig(cloudSchema("admin"), cloud)).toMatchObject({ [name]: taken });
});

const schemas = [configSchema, ...["collect", "deliver", "admin"].map(cloudSchema)];

test("no pattern is shown to a person: each variable that has one says in words what it allows", () => {
  for (const { properties } of schemas)
    for (const [name, variable] of Object.entries(properties)) {
      const saidInWords = variable["pattern"] === undefined || variable.allowed !== undefined;
      expect({ name, saidInWords }).toEqual({ name, saidInWords: true });
    }
});

test("a value that is a secret is not shown", () => {
  const schema = {
    type: "object",
    properties: {
      KEY: { type: "string", pattern: "^k", allowed: "a key", secret: true, description: "a key" },
    },
  } as const;
  expect(() => readConfig(schema, { KEY: "s3cret" })).toThrow(/^(?!.*s3cret).*KEY must be a key \(a key\)/);
});
