import { afterAll, beforeAll } from "@jest/globals";
import { openQueue } from "../../../infra/google/queue/queue.ts";
import { openTopic } from "../../../infra/google/queue/topic.ts";
import { queuePromises, type OpenedQueue } from "../../promises/queue.ts";
import { startEmulator, withEmulators, type Emulator } from "../../support/google/emulators.ts";
import {
  createSubscription,
  createTopic,
  freshName,
  openPushDoor,
  project,
  setPushEndpoint,
} from "../../support/google/google.ts";

/** The promises of every queue, on Pub/Sub's emulator, with a push subscription into deliver's door. */

withEmulators(["pubsub"], () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator("pubsub");
  });
  afterAll(() => emulator.stop());

  /** As Terraform makes them: three topics, each with a subscription that pushes to a path of deliver. */
  const open = async (attemptsMax?: number): Promise<OpenedQueue> => {
    const run = freshName("run");
    for (const name of ["hits", "retries", "dead"]) await createTopic(emulator.address, `${name}-${run}`);
    const subscribe = (topic: string, name: string, deadLetterTopic?: string) =>
      createSubscription(emulator.address, `${topic}-${run}`, `${name}-${run}`, {
        url: "",
        ...(deadLetterTopic !== undefined && { deadLetterTopic: `${deadLetterTopic}-${run}` }),
        ...(attemptsMax !== undefined && { attemptsMax }),
      });
    await subscribe("hits", "deliver");
    await subscribe("retries", "retried", "dead");
    await subscribe("dead", "parked");
    return opened(run);
  };

  const doors = { deliver: "/", retried: "/retried", parked: "/parked" };
  const opened = (run: string): OpenedQueue => {
    const queue = openQueue({ project, topic: `hits-${run}`, emulator: emulator.address });
    const retries = openTopic({ project, topic: `retries-${run}`, emulator: emulator.address });
    const push = async (url: string | undefined) => {
      for (const [name, path] of Object.entries(doors))
        await setPushEndpoint(emulator.address, `${name}-${run}`, url === undefined ? "" : url + path);
    };
    const close = async () => {
      await queue.close();
      await retries.close();
    };
    return {
      queue,
      async subscribe(deliver) {
        const door = await openPushDoor(deliver, retries);
        await push(door.url);
        return {
          async stop() {
            await push(undefined);
            await door.drain();
          },
        };
      },
      async reopen() {
        await close();
        return opened(run);
      },
      close,
    };
  };

  queuePromises("Pub/Sub", open, {
    "the backlog knows which hits wait":
      "Pub/Sub cannot be searched, and its depth is known to Cloud Monitoring alone",
  });
});
