import { createTail } from "../../functions/hits/tail.ts";
import type { Problem } from "../../functions/problem.ts";
import { asProblem } from "../../functions/problem.ts";
import type { Reply, Request } from "../../functions/request.ts";
import { loadPanel } from "../../panel/load.ts";
import { atThisMachine, type PanelPorts } from "../../panel/ports.ts";
import { memoryDocuments } from "../support/doubles/memory-documents.ts";
import { memoryJobs } from "../support/doubles/memory-jobs.ts";
import { memoryQueue } from "../support/doubles/memory-queue.ts";
import { memoryRegistry } from "../support/doubles/memory-registry.ts";
import { memoryWarehouse } from "../support/doubles/memory-warehouse.ts";
import { createSteps } from "../../functions/letters/steps.ts";
import { letterStore } from "../../functions/letters/store.ts";
import { request } from "../support/request.ts";

export const host = "127.0.0.1:8081";

/** The panel over ports in memory, asked as a browser asks. */
export async function openPanel(changed: Partial<PanelPorts> = {}) {
  const registry = memoryRegistry();
  const queue = memoryQueue();
  const warehouse = memoryWarehouse();
  const steps = memoryJobs();
  const logged: Record<string, unknown>[] = [];
  const ports: PanelPorts = {
    registry,
    queue,
    backlog: queue,
    warehouse,
    documents: memoryDocuments(),
    firstAdmins: [],
    jobs: steps,
    tail: createTail(),
    collectUrl: "https://in.example.com",
    defaultDataset: "afterclick_data",
    productDataset: "afterclick",
    send: () => Promise.reject(new Error("not here")),
    version: "1.2.3",
    letters: letterStore({
      warehouse: changed.warehouse ?? warehouse,
      productDataset: "afterclick",
      log: () => undefined,
    }),
    personOf: () => atThisMachine,
    now: () => Date.UTC(2026, 10, 27, 13, 5, 31),
    log: (severity, message, more) => void logged.push({ severity, message, ...more }),
    ...changed,
  };
  const createPanel = await loadPanel();
  const panel = createPanel(ports);
  const ask = async (given: Partial<Omit<Request, "body">> & { body?: string }) => {
    const headers = { host, accept: "text/html", ...given.headers };
    return panel(request({ method: "GET", ...given, headers }));
  };
  return {
    ports,
    routes: createPanel.routes,
    registry,
    warehouse,
    workOn: () => steps.workOn(createSteps(ports)),
    logged,
    ask,
    get: (address: string, headers: Record<string, string> = {}) => {
      const [path = "", query = ""] = address.split("?");
      return ask({ path, query, headers });
    },
  };
}

/** What a panel throws for a program. */
export async function thrown(answering: Promise<Reply>): Promise<Problem> {
  try {
    await answering;
  } catch (error) {
    return asProblem(error);
  }
  throw new Error("It was answered.");
}
