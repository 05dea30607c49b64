import { bringCopyOut } from "./copy.ts";

/** What a browser runs. Every page works without it, but for what is live. */
bringCopyOut();
