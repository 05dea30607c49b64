import { documentsPromises } from "./promises/documents.ts";
import { memoryDocuments } from "./support/memory-documents.ts";

documentsPromises(
  "memory",
  async () => {
    const documents = memoryDocuments();
    return { documents, close: () => documents.close() };
  },
  {
    "documents survive that the store is closed and opened": "it lives in the test's own memory",
  },
);
