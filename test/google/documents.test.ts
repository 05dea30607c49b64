import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openDocuments } from "../../infra/google/registry/documents.ts";
import { documentsPromises, type OpenedDocuments } from "../promises/documents.ts";
import { freePort, startEmulator, withEmulators, type Emulator } from "../support/google/emulators.ts";
import { freshName } from "../support/google/google.ts";

/** The promises of every store of documents, on Firestore's emulator. */
withEmulators(["firestore"], () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator("firestore");
  });
  afterAll(() => emulator.stop());

  documentsPromises("Firestore", async () => opened(freshName("project")));

  test("a store that nobody listens for is documents_down", async () => {
    const documents = openDocuments({ project: "nobody", emulator: `127.0.0.1:${await freePort()}` });
    try {
      const down = { code: "documents_down" };
      await expect(documents.read("people", "maria")).rejects.toMatchObject(down);
      await expect(documents.list("people", { limit: 1 })).rejects.toMatchObject(down);
      await expect(documents.commit([{ kind: "people", id: "maria", document: {} }])).rejects.toMatchObject(
        down,
      );
    } finally {
      await documents.close();
    }
  });

  function opened(project: string): OpenedDocuments {
    const documents = openDocuments({ project, emulator: emulator.address });
    return {
      documents,
      async reopen() {
        await documents.close();
        return opened(project);
      },
      close: () => documents.close(),
    };
  }
});
