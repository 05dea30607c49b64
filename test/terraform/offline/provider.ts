import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { decode, encode } from "@msgpack/msgpack";
import { check, severities, type Diagnostic } from "./check.ts";
import { whole, type Existing } from "./existing.ts";
import { functions } from "./functions.ts";
import { lacking, plan, read } from "./plan.ts";
import type { Block, ProviderSchema, Signature, Type, Value, Values } from "./schema.ts";

/** A provider with a schema and no cloud: it validates, plans and reads placeholders; it never applies. */
export interface Provider {
  /** `127.0.0.1:port` */
  readonly address: string;
  stop(): void;
}

export async function serveProvider(
  name: string,
  schema: ProviderSchema,
  env: NodeJS.ProcessEnv,
): Promise<Provider> {
  const server = new grpc.Server();
  const protocol = service("tfplugin5.proto", "tfplugin5.Provider");
  server.addService(saysSchemaOnce(protocol), each(calls(name, schema, env), answered));
  server.addService(service("health.proto", "grpc.health.v1.Health"), {
    Check: answered(() => ({ status: 1 })),
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

/** A value as it is on the wire. */
interface Packed {
  readonly msgpack: Uint8Array;
}

interface Request {
  readonly type_name: string;
  readonly config: Packed;
  readonly prior_state: Packed;
  readonly proposed_new_state: Packed;
  readonly current_state: Packed;
  readonly raw_state: { readonly json: Uint8Array };
  readonly id: string;
  readonly name: string;
  readonly arguments: readonly Packed[];
}

type Call = (request: Request) => object;

/** What Terraform asks, by the names of its protocol. */
function calls(name: string, schema: ProviderSchema, env: NodeJS.ProcessEnv): Record<string, Call> {
  const { resources = {}, data_sources = {}, ephemeral_resources = {} } = schema;
  const standIn = `this stands in for hashicorp/${name} with its schema only.`;
  const file = env["OFFLINE_EXISTING"];
  const existing = (file ? JSON.parse(readFileSync(file, "utf8")) : {}) as Existing;
  let settings: Values = {};
  const checked =
    (blocks: Readonly<Record<string, Block>>): Call =>
    ({ type_name, config }) => ({ diagnostics: check(blocks[type_name]!, unpacked(config)!) });

  return {
    GetSchema: () => () => ({
      provider: described(schema.provider),
      resource_schemas: each(resources, described),
      data_source_schemas: each(data_sources, described),
      ephemeral_resource_schemas: each(ephemeral_resources, described),
      functions: each(schema.functions ?? {}, signature),
    }),
    PrepareProviderConfig: ({ config }) => ({ prepared_config: config }),
    Configure: ({ config }) => {
      settings = { ...unpacked(config) };
      for (const [key, names] of Object.entries(environment))
        settings[key] ??= names.map((variable) => env[variable]).find(Boolean);
      return {};
    },
    ValidateResourceTypeConfig: checked(resources),
    ValidateDataSourceConfig: checked(data_sources),
    ValidateEphemeralResourceConfig: checked(ephemeral_resources),
    // As the real ones, which fill in what an earlier version of theirs did not know.
    UpgradeResourceState: ({ type_name, raw_state }) => ({
      upgraded_state: packed(
        whole(resources[type_name]!, JSON.parse(Buffer.from(raw_state.json).toString()) as Values),
      ),
    }),
    ReadResource: ({ current_state }) => ({ new_state: current_state }),
    PlanResourceChange: ({ type_name, prior_state, proposed_new_state }) => {
      const block = resources[type_name]!;
      const legacy = block.legacy ?? schema.legacy ?? false;
      const proposed = unpacked(proposed_new_state);
      if (proposed === null || unpacked(prior_state) !== null)
        return { planned_state: proposed_new_state, legacy_type_system: legacy };
      const missing = lacking(block, proposed, settings);
      if (missing !== undefined)
        return refused(
          `${missing}: required field is not set`,
          `Set ${missing} in ${type_name} or in the provider block.`,
        );
      return { planned_state: packed(plan(block, proposed, settings, legacy)), legacy_type_system: legacy };
    },
    ApplyResourceChange: ({ prior_state }) => ({
      new_state: prior_state,
      ...refused(
        "Nothing can be applied offline",
        `Use "command = plan", or mock_provider "${name}" {} in the test: ${standIn}`,
      ),
    }),
    ImportResourceState: ({ type_name, id }) => {
      const known = existing[type_name]?.[id];
      if (known === undefined)
        return refused(
          "Nothing of this name exists offline",
          `${type_name} ${id}: ${standIn} Name it in the file that OFFLINE_EXISTING names.`,
        );
      return { imported_resources: [{ type_name, state: packed(whole(resources[type_name]!, known)) }] };
    },
    ReadDataSource: ({ type_name, config }) => ({
      state: packed(read(data_sources[type_name]!, unpacked(config)!, settings)),
    }),
    OpenEphemeralResource: ({ type_name, config }) => ({
      result: packed(read(ephemeral_resources[type_name]!, unpacked(config)!, settings)),
    }),
    CloseEphemeralResource: () => ({}),
    CallFunction: (request) => {
      const given = request.arguments.map((argument) => decode(argument.msgpack) as string);
      try {
        return { result: packed(functions[request.name]!(given[0]!)) };
      } catch (error) {
        return { error: { text: (error as Error).message } };
      }
    },
    Stop: () => ({}),
  };
}

/** Where the provider block leaves it out. */
const environment = {
  project: ["GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"],
  region: ["GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION"],
  zone: ["GOOGLE_ZONE", "GCLOUD_ZONE", "CLOUDSDK_COMPUTE_ZONE"],
};

const unpacked = ({ msgpack }: Packed): Values | null => decode(msgpack) as Values | null;
const packed = (value: Value): Packed => ({ msgpack: Buffer.from(encode(value)) });

function refused(summary: string, detail: string): { diagnostics: Diagnostic[] } {
  return { diagnostics: [{ severity: severities.error, summary, detail }] };
}

const nestings = { single: 1, list: 2, set: 3, map: 4, group: 5 };
const typeOf = (type: Type) => Buffer.from(JSON.stringify(type));
const described = (block: Block) => ({ version: block.version ?? 0, block: blockOf(block) });

function blockOf(block: Block): object {
  return {
    deprecated: block.deprecated,
    attributes: Object.entries(block.attributes).map(([name, attribute]) => ({
      ...attribute,
      name,
      type: typeOf(attribute.type),
    })),
    block_types: Object.entries(block.blocks ?? {}).map(([name, nested]) => ({
      type_name: name,
      block: blockOf(nested),
      nesting: nestings[nested.nesting],
      min_items: nested.min,
      max_items: nested.max,
    })),
  };
}

function signature({ parameters, return: given }: Signature): object {
  return {
    parameters: parameters.map(({ name, type }) => ({ name, type: typeOf(type) })),
    return: { type: typeOf(given) },
  };
}

function service(file: string, name: string): grpc.ServiceDefinition {
  const loaded = loadSync(join(import.meta.dirname, file), { keepCase: true, longs: Number, oneofs: true });
  return loaded[name] as unknown as grpc.ServiceDefinition;
}

/** Terraform asks for the schema six times a plan, and it is always the same: its bytes are made once. */
function saysSchemaOnce(protocol: grpc.ServiceDefinition): grpc.ServiceDefinition {
  const { GetSchema } = protocol;
  let bytes: Buffer | undefined;
  const responseSerialize = (made: () => object) => (bytes ??= GetSchema!.responseSerialize(made()));
  return { ...protocol, GetSchema: { ...GetSchema!, responseSerialize } };
}

function answered(call: Call): grpc.handleUnaryCall<Request, object> {
  return ({ request }, reply) => {
    try {
      reply(null, call(request));
    } catch (error) {
      reply({ code: grpc.status.INTERNAL, details: String((error as Error).stack) });
    }
  };
}

function each<From, To>(
  values: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
