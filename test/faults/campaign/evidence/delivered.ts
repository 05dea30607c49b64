import { startProduct, type Product } from "../../../support/product.ts";
import { until } from "../../../support/until.ts";

/** Starts once more, waits until nothing is in the queue, stops cleanly. */
export async function deliverAll(directory: string): Promise<void> {
  const product = await startProduct(directory);
  await untilDelivered(product);
  const code = await product.end("SIGTERM");
  if (code !== 0) throw new Error(`The last stop ended with ${code}:\n${product.output().slice(-4_000)}`);
}

/** However long it takes, as long as fewer and fewer wait.
 *  @param isOver ends it before */
export async function untilDelivered(product: Product, isOver = () => false): Promise<void> {
  let status: { queue?: { waiting?: number } } = {};
  let left = Infinity;
  while (left > 0 && !isOver()) {
    const before = left;
    const isLess = async (): Promise<boolean> => {
      status = await product.admin("GET", "/v1/status");
      left = status.queue?.waiting ?? left;
      return left < before || isOver();
    };
    await until("fewer hits wait in the queue", isLess).catch((error: Error) => {
      throw new Error(`${JSON.stringify(status)}\n${product.output().slice(-4_000)}`, { cause: error });
    });
  }
}
