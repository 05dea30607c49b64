import { counted } from "../../../functions/counted.ts";
import type { Log } from "../../../functions/log.ts";

/** Messages that the file counts and nobody finds in it: a damaged page can hide one from every look by its
 *  id. They stay in the file, and are not passed over in silence. */
export interface Unreachable {
  /** Told when all that can be found is handed out and done with, and so many are left. */
  left(count: number): void;
}

/** @param lookAgain counts the file anew and reads it from the beginning: somebody may have written it by
 *  hand */
export function createUnreachable(log: Log, lookAgain: () => void): Unreachable {
  let sought = 0;
  let said = 0;
  return {
    left(count) {
      if (count === 0 || count === said) return;
      if (count !== sought) {
        sought = count;
        return lookAgain();
      }
      said = count;
      log(
        "ERROR",
        `${counted(count, "message is", "messages are")} in the queue's file and cannot be read: the file is damaged. ` +
          "They stay in it. Stop the server, copy the folder, and run afterclick check on it: it says what is wrong.",
        { event: "queue_damaged", messages: count },
      );
    },
  };
}
