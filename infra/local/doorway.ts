import type { Handler } from "../../functions/request.ts";
import { openDoor, type Door, type DoorOptions } from "../http.ts";

/** The door for hits. A start that waits opens it early, and it stays open while those behind it change:
 *  whoever sends meets an answer all the while. */
export interface Doorway {
  /** From now on `handler` answers. @returns the door's address. @throws cannot_listen */
  open(handler: Handler): Promise<string>;
  /** As the door does; one that was never opened is drained already. */
  drain(): Promise<void>;
}

export function createDoorway(options: DoorOptions): Doorway {
  let door: Door | undefined;
  let answers: Handler;
  return {
    async open(handler) {
      answers = handler;
      door ??= await openDoor((request) => answers(request), options);
      return door.url;
    },
    async drain() {
      const closing = door;
      door = undefined;
      await closing?.drain();
    },
  };
}
