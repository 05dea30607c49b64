import { expect, test } from "@jest/globals";
import { openAnswerMemory } from "../../../../infra/google/warehouse/answer-memory.ts";

test("what is read after its work has ended takes no place for ever", async () => {
  const memory = openAnswerMemory({ smallBytesMax: 10, placesMax: 1, waitMs: 50 });
  let later: Promise<unknown> | undefined;
  const { promise: isOver, resolve: end } = Promise.withResolvers<void>();
  await memory.enter(async () => {
    later = isOver.then(() => memory.read(100));
  });
  end();
  await expect(later).rejects.toMatchObject({ code: "overloaded" });
  await memory.enter(() => memory.read(100));
});
