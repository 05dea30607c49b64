import { afterAll, beforeAll } from "@jest/globals";
import { openQueue } from "../../infra/google/queue/queue.ts";
import { queuePromises, type OpenedQueue } from "../promises/queue.ts";
import { startEmulator, withEmulators, type Emulator } from "../support/emulators.ts";
import {
  createSubscription,
  createTopic,
  freshName,
  openPushDoor,
  project,
  setPushEndpoint,
} from "../support/google.ts";

/** The promises of every queue, on Pub/Sub's emulator, with a push subscription into deliver's door. */

withEmulators(["pubsub"], () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator("pubsub");
  });
  afterAll(() => emulator.stop());

  const open = async (): Promise<OpenedQueue> => {
    const topic = freshName("hits");
    await createTopic(emulator.address, topic);
    const subscription = freshName("deliver");
    await createSubscription(emulator.address, topic, subscription);
    return opened(topic, subscription);
  };

  const opened = (topic: string, subscription: string): OpenedQueue => {
    const queue = openQueue({ project, topic, emulator: emulator.address });
    return {
      queue,
      backlog: queue,
      async subscribe(deliver) {
        const door = await openPushDoor({
          deliver: (hit) => deliver.deliver(hit),
          park: (hit) => deliver.park(hit),
        });
        await setPushEndpoint(emulator.address, subscription, `${door.url}/`);
        return {
          async stop() {
            await setPushEndpoint(emulator.address, subscription, "");
            await door.drain();
          },
        };
      },
      async reopen() {
        await queue.close();
        return opened(topic, subscription);
      },
      close: () => queue.close(),
    };
  };

  queuePromises("Pub/Sub", open, {
    "the backlog knows which hits wait":
      "Pub/Sub cannot be searched, and its depth is known to Cloud Monitoring alone",
  });
});
