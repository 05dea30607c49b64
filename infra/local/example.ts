import { isLoopbackAddress, isLoopbackHost } from "../../functions/address.ts";
import { streamNotFound } from "../../functions/problems.ts";
import type { Registry } from "../../functions/registry.ts";
import type { Handler, Request } from "../../functions/request.ts";
import { exampleStreamId } from "../../functions/streams/example.ts";
import { tableName } from "../../functions/table.ts";
import type { Warehouse } from "../../functions/warehouse.ts";
import type { Config } from "./config.ts";

/** Whether this server is for trying: the world has no address of it. */
export function isForTrying({ COLLECT_URL, HOST }: Config): boolean {
  if (COLLECT_URL !== undefined) return isLoopbackHost(new URL(COLLECT_URL).host);
  return HOST === "0.0.0.0" || HOST === "::" || isLoopbackHost(HOST) || isLoopbackAddress(HOST);
}

/** Keeps the example from everybody but this machine: whoever read the README knows its address. To all
 *  others it is a stream that does not exist. */
export function exampleFromHere(handler: Handler, forTrying: boolean): Handler {
  const path = `/ds/${exampleStreamId}`;
  return (request) => {
    if (request.path.length === path.length && request.path.toLowerCase() === path)
      if (!forTrying || !isFromHere(request)) throw streamNotFound();
    return handler(request);
  };
}

/** A proxy on this machine is a loopback peer too, and says in one of these whom it speaks for. */
function isFromHere({ remoteAddress, headers }: Request): boolean {
  if (!isLoopbackAddress(remoteAddress) || !isLoopbackHost(headers["host"] ?? "")) return false;
  return !Object.keys(headers).some((name) => /^(forwarded|via|x-real-ip|x-forwarded-.*)$/.test(name));
}

/** An empty registry gets one stream to try. Whoever removes it keeps it removed: its document stays, closed.
 *  @returns whether it is the only one and was not tried yet: not whether this start made it, since a start
 *  may fail after that and the next one must tell of it */
export async function registerExample(registry: Registry, warehouse: Warehouse): Promise<boolean> {
  const table = { dataset: "example", table: "orders" };
  const [first, ...others] = await registry.list();
  if (first === undefined) {
    await warehouse.createDataset(table);
    const created_at = new Date().toISOString();
    const document = {
      name: "Example",
      table: tableName(table),
      offset: "+00:00",
      key: "orderId",
      created_at,
    };
    await registry.write(exampleStreamId, document, null);
    return true;
  }
  if (first.id !== exampleStreamId || others.length > 0) return false;
  const { removed_at } = Object(first.document) as Record<string, unknown>;
  if (removed_at !== undefined) return false;
  // Where it cannot be told, the start goes on all the same.
  const found = await warehouse.describe(table).catch(() => null);
  return found === undefined;
}
