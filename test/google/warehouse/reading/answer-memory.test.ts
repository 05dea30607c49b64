import { expect, test } from "@jest/globals";
import { openAnswerMemory } from "../../../../infra/google/warehouse/answer-memory.ts";

test("what is read after its work has ended takes no place for ever", async () => {
  const room = openAnswerMemory({ smallBytesMax: 10, placesMax: 1, waitMs: 50 });
  let later: Promise<unknown> | undefined;
  const { promise: isOver, resolve: end } = Promise.withResolvers<void>();
  await room.enter(async () => {
    later = isOver.then(() => room.read(100));
  });
  end();
  await expect(later).rejects.toMatchObject({ code: "overloaded" });
  await room.enter(() => room.read(100));
});
