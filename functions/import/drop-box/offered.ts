import type { AuditPorts } from "../../people/audit.ts";
import type { Who } from "../../people/who.ts";
import { notHere } from "../../problems.ts";
import {
  addBoxKey,
  closeDropBox,
  type DropBoxView,
  dropBoxView,
  giveDropBox,
  listDropBoxes,
  openDropBox,
  removeBoxKey,
  renewPassword,
  setBoxAddresses,
} from "./boxes.ts";
import type { DropBoxGround, Fingerprint } from "./ground.ts";

/** Drop boxes as programs and people are offered them: what stands in the documents, and where it is. */

export interface OfferPorts extends AuditPorts {
  /** Where senders can connect: on a machine of one's own. */
  readonly dropBoxes?: DropBoxGround;
  readonly collectUrl: string;
}

export interface Place {
  readonly host: string;
  /** Left out while no drop box is open. */
  readonly port?: number;
  readonly fingerprints: readonly Fingerprint[];
}

export interface OfferedBox extends DropBoxView {
  /** How many files wait until they are taken. */
  readonly waiting: number;
}

/** All that a sender needs; the password is told this once. */
export type ToldBox = Place & OfferedBox & { readonly password: string };

/** Each throws not_here where there are none, and what its part in boxes.ts throws. */
export function offerDropBoxes(ports: OfferPorts) {
  const ground = () => {
    if (ports.dropBoxes === undefined)
      throw notHere({ what: "A drop box", instead: "send files of backend events by other ways" });
    return ports.dropBoxes;
  };
  const offered = <View extends DropBoxView>(view: View) => ({
    ...view,
    waiting: ground().waiting(view.user),
  });
  const place = (): Place => {
    const { port, fingerprints } = ground().where();
    return { host: new URL(ports.collectUrl).hostname, ...(port !== undefined && { port }), fingerprints };
  };

  return {
    /** By user. */
    async list(): Promise<Place & { boxes: OfferedBox[] }> {
      ground();
      const boxes = await listDropBoxes(ports);
      return { ...place(), boxes: boxes.map((box) => offered(dropBoxView(box, ports.now()))) };
    },
    async open(who: Who, importName: string | undefined): Promise<ToldBox> {
      // Nobody is told of a port that cannot be opened.
      await ground().ready();
      const opened = await openDropBox(ports, who, { importName });
      await ground().changed();
      return { ...place(), ...offered(opened) };
    },
    async renewPassword(who: Who, user: string): Promise<ToldBox> {
      ground();
      return { ...place(), ...offered(await renewPassword(ports, who, user)) };
    },
    async give(who: Who, user: string, importName: string): Promise<OfferedBox> {
      ground();
      const given = await giveDropBox(ports, who, user, importName);
      await ground().changed();
      return offered(given);
    },
    async close(who: Who, user: string): Promise<void> {
      ground();
      await closeDropBox(ports, who, user);
      await ground().changed();
    },
    async allow(who: Who, user: string, addresses: readonly string[]): Promise<OfferedBox> {
      ground();
      const changed = await setBoxAddresses(ports, who, user, addresses);
      await ground().changed();
      return offered(changed);
    },
    async addKey(who: Who, user: string, line: string): Promise<OfferedBox> {
      ground();
      return offered(await addBoxKey(ports, who, user, line));
    },
    async removeKey(who: Who, user: string, fingerprint: string): Promise<OfferedBox> {
      ground();
      return offered(await removeBoxKey(ports, who, user, fingerprint));
    },
  };
}
