import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openRegistry } from "../../infra/google/registry/registry.ts";
import { allowancePromises } from "../promises/allowance.ts";
import { registryPromises, type OpenedRegistry } from "../promises/registry.ts";
import { freePort, startEmulator, withEmulators, type Emulator } from "../support/google/emulators.ts";
import { freshName, putDocument, putFields } from "../support/google/google.ts";
import { startProxy } from "../support/wire/tcp-proxy.ts";
import { soon } from "../support/soon.ts";
import { frozen } from "../support/machine/frozen.ts";

/** The promises of every registry, on Firestore's emulator, and what Firestore adds to them. */

const id = "522ed95e-9f07-45f6-a0b7-28bf2d0315e5";
const deadlineMs = 20_000;

withEmulators(["firestore"], () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator("firestore");
  });
  afterAll(() => emulator.stop());

  registryPromises("Firestore", async () => opened(freshName("project")));
  allowancePromises("Firestore", async () => opened(freshName("project")));

  test("whatever Firestore holds is plain data, and its timestamps are ISO texts, also deep inside", async () => {
    const project = freshName("project");
    const { registry, close } = opened(project);
    const at = { timestampValue: "2026-01-02T03:04:05.678901Z" };
    try {
      await putFields(emulator.address, project, id, {
        table: { stringValue: "example.orders" },
        created_at: at,
        early: { timestampValue: "0001-01-01T00:00:00Z" },
        deep: {
          mapValue: {
            fields: {
              list: {
                arrayValue: { values: [at, { mapValue: { fields: { at } } }] },
              },
            },
          },
        },
        count: { integerValue: "7" },
        big: { integerValue: "9223372036854775807" },
        ratio: { doubleValue: 0.5 },
        yes: { booleanValue: true },
        no: { booleanValue: false },
        none: { nullValue: null },
        empty: { stringValue: "" },
        nothing: { arrayValue: {} },
        raw: { bytesValue: "/wA=" },
        place: { geoPointValue: { latitude: 1.5, longitude: -2 } },
        other: {
          referenceValue: `projects/${project}/databases/(default)/documents/streams/x`,
        },
        __proto: { stringValue: "own" },
      });
      expect((await registry.read(id, { deadlineMs }))!.document).toEqual({
        table: "example.orders",
        created_at: "2026-01-02T03:04:05.678Z",
        early: "0001-01-01T00:00:00.000Z",
        deep: {
          list: ["2026-01-02T03:04:05.678Z", { at: "2026-01-02T03:04:05.678Z" }],
        },
        count: 7,
        big: "9223372036854775807",
        ratio: 0.5,
        yes: true,
        no: false,
        none: null,
        empty: "",
        nothing: [],
        raw: "/wA=",
        place: { latitude: 1.5, longitude: -2 },
        other: `projects/${project}/databases/(default)/documents/streams/x`,
        __proto: "own",
      });
    } finally {
      await close();
    }
  });

  test("an id that Firestore cannot have is no stream, and nothing is asked", async () => {
    const { registry, close } = opened(freshName("project"));
    try {
      for (const strange of ["", ".", "..", "a/b", "__x__", "x".repeat(1_501)]) {
        expect(await registry.read(strange, { deadlineMs })).toBeUndefined();
      }
    } finally {
      await close();
    }
  });

  test("a version that is none of Firestore's is a conflict", async () => {
    const { registry, close } = opened(freshName("project"));
    try {
      await expect(registry.write(id, {}, "abc")).rejects.toMatchObject({
        code: "registry_conflict",
      });
    } finally {
      await close();
    }
  });

  test("a registry that freezes is registry_down within the deadline, and reads go on when it is back", async () => {
    const proxy = await startProxy(emulator.address);
    const registry = openRegistry({
      project: freshName("project"),
      emulator: proxy.address,
    });
    try {
      await registry.read(id, { deadlineMs });
      await frozen(emulator);
      const read = registry.read(id, { deadlineMs: 600 });
      await expect(soon("the read is refused", 100, read)).rejects.toMatchObject({ code: "registry_down" });
      emulator.resume();
      expect(await registry.read(id, { deadlineMs })).toBeUndefined();
      // Silence on the wire alone: the second half of the deadline goes over a new connection.
      proxy.silence();
      expect(await registry.read(id, { deadlineMs: 4_000 })).toBeUndefined();
    } finally {
      emulator.resume();
      await registry.close();
      await proxy.close();
    }
  });

  test("a registry that nobody listens for is registry_down quickly", async () => {
    const registry = openRegistry({
      project: "nobody",
      emulator: `127.0.0.1:${await freePort()}`,
    });
    try {
      for (const [what, work] of [
        ["the read", () => registry.read(id, { deadlineMs })],
        ["the list", () => registry.list()],
        ["the write", () => registry.write(id, {}, null)],
      ] as const)
        await expect(soon<unknown>(what, 100, work())).rejects.toMatchObject({ code: "registry_down" });
    } finally {
      await registry.close();
    }
  });

  function opened(project: string): OpenedRegistry {
    const registry = openRegistry({ project, emulator: emulator.address });
    return {
      registry,
      byHand: (id, document) => putDocument(emulator.address, project, id, document),
      async reopen() {
        await registry.close();
        return opened(project);
      },
      close: () => registry.close(),
    };
  }
});
