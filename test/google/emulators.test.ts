import { expect, test } from "@jest/globals";
import { missingPart } from "../../infra/emulated/emulators.ts";
import { withEmulators } from "../support/google/emulators.ts";

withEmulators(["pubsub", "firestore"], () => {
  test.each(["pubsub", "firestore"] as const)(
    "the emulator of %s without Java is named as missing, with what brings it",
    (name) => {
      expect(missingPart(name, process.env)).toBeUndefined();
      for (const env of [{ PATH: "" }, { ...process.env, JAVA_HOME: "/nowhere" }])
        expect(missingPart(name, env)).toMatch(/^Java is not here .*apt-get install default-jre-headless/);
    },
  );
});
