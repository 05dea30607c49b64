import { resolve } from "node:path";
import { createActivity } from "../../functions/activity/activity.ts";
import { createRefusals } from "../../functions/activity/refusals.ts";
import { createAdmin } from "../../functions/api/admin.ts";
import { checkActivity } from "../../functions/activity/check.ts";
import { createCollect } from "../../functions/collect/collect.ts";
import { createDeliver } from "../../functions/deliver/deliver.ts";
import { elapsedMs } from "../../functions/elapsed.ts";
import { createTakeHit, withImports } from "../../functions/import/hits/take.ts";
import type { Log } from "../../functions/log.ts";
import { asProblem, isProblem } from "../../functions/problem.ts";
import { cannotListen, folderInUse, folderNotWhole } from "../../functions/problems.ts";
import { letterStore, type LetterStore } from "../../functions/letters/store.ts";
import type { Registry } from "../../functions/registry.ts";
import { readAll } from "../../functions/streams/reading.ts";
import { createLiveSecrets } from "../../functions/senders/live-secrets.ts";
import { createStreamCache, type StreamCache } from "../../functions/streams/cache.ts";
import { createWriters } from "../../functions/streams/writers.ts";
import { createTail } from "../../functions/hits/tail.ts";
import type { Warehouse } from "../../functions/warehouse.ts";
import { snippets } from "../../panel/snippets/snippets.ts";
import { withSignIn } from "../../functions/sign-in/sign-in.ts";
import { openDoor } from "../http.ts";
import { reachOf } from "../web/reach.ts";
import { openWeb } from "../web/web.ts";
import { poolCpuMs } from "../pool-cpu.ts";
import { bothFaces, openPanel } from "../panel.ts";
import { createDoorway, type Doorway } from "./doorway.ts";
import { openImports } from "./drop-box/arriving.ts";
import { backup } from "./folder/backup.ts";
import { diskOf } from "./folder/disk.ts";
import type { Config } from "./config.ts";
import { exampleFromHere, isForTrying, registerExample } from "./example.ts";
import { channelsOf } from "../alerts/webhooks.ts";
import { watchHealth } from "./health/health.ts";
import { guarded } from "./guard.ts";
import { readableFolder } from "./files/readable.ts";
import { startFeeds } from "./feeds/feeds.ts";
import { startJobs } from "./jobs.ts";
import { openPeople } from "./people.ts";
import { lockFolder } from "./folder/lock.ts";
import { watchGrowth } from "./queue/growth.ts";
import { startPump } from "./queue/pump.ts";
import { openQueue } from "./queue/queue.ts";
import { openRegistry } from "./registry/registry.ts";
import { openSecrets } from "./secrets/secrets.ts";
import { checkRunning } from "./folder/check.ts";
import { enterHouse } from "./folder/house.ts";
import { keepHouse } from "./folder/keeper.ts";
import { refuseHalfRestored } from "./folder/restore.ts";
import { isFull, keepReserve, untilRoom } from "./folder/full-disk.ts";
import { nights, startRounds } from "./rounds.ts";
import { startViews } from "./views.ts";
import { openWarehouse } from "./warehouse/warehouse.ts";

const productDataset = "afterclick";
const { now } = Date;
/** One table after the other: the file is one, and hits go first. */
const nightly = { timeMs: 30 * 60_000, tablesAtOnce: 1 };
/** Of a call, from its begin to its last byte, and of each statement that writes what it brought. */
const feedDeadlineMs = 30 * 60_000;
/** For what was counted in the minute of the end. */
const lastWriteMs = 5_000;

export interface Running {
  /** Where hits are taken, as the world sees it. */
  readonly collectUrl: string;
  readonly adminUrl: string;
  /** Where people sign in; undefined where nobody does. */
  readonly panelOrigin: string | undefined;
  readonly directory: string;
  /** Whether the example stream is the only one and no hit of it has arrived yet. */
  readonly isUntried: boolean;
  /** Answers what was accepted, delivers what is on its way, closes all files. Calling it again is fine. */
  stop(): Promise<void>;
}

/** The whole product in one process: collect, queue, deliver, warehouse, registry and the admin API.
 *  @param options.acceptLoss goes on with a folder that is not whole
 *  @param options.stopped ends a start that waits for room on the disk
 *  @throws folder_not_whole, folder_in_use, folder_unusable, cannot_listen, file_unusable: one line each, and
 *  nothing is left open; the reason of `stopped` */
export async function start(
  config: Config,
  version: string,
  log: Log,
  { acceptLoss = false, stopped }: { acceptLoss?: boolean; stopped?: AbortSignal } = {},
): Promise<Running> {
  const directory = resolve(config.AFTERCLICK_DATA_DIR);
  const { HOST: host, PORT: port, TRUSTED_PROXIES: trustedProxies } = config;
  const doorway = createDoorway({ host, port, log, trustedProxies });
  try {
    for (;;) {
      await untilRoom(directory, doorway, log, stopped);
      try {
        return await open({ config, directory, version, log, acceptLoss, doorway });
      } catch (error) {
        // The last of the room went meanwhile: that is no fault of a file.
        if (!isFull(directory) || isProblem(error, ...refusals)) throw error;
      }
    }
  } catch (error) {
    await doorway.drain();
    throw error;
  }
}

/** What is refused however much room there is. */
const refusals = [folderNotWhole, folderInUse, cannotListen];

/** What the house is opened with. */
interface Start {
  readonly config: Config;
  readonly directory: string;
  readonly version: string;
  readonly log: Log;
  readonly acceptLoss: boolean;
  readonly doorway: Doorway;
}

type Stores = Awaited<ReturnType<typeof openStores>>;
type Working = Awaited<ReturnType<typeof openFunctions>>;

/** Notes how a thing that was opened is closed, and gives it back. */
type Keep = <Thing>(thing: Thing, close: () => Promise<void>) => Thing;

async function open(how: Start): Promise<Running> {
  const opened: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  // Reverse order of opening: the doors drain while the queue still accepts.
  const stop = (): Promise<void> =>
    (stopping ??= (async () => {
      for (const close of opened.reverse()) await close();
    })());
  const keep: Keep = (thing, close) => {
    opened.push(close);
    return thing;
  };
  try {
    const stores = await openStores(how, keep);
    const working = await openFunctions(how, keep, stores);
    const faces = await openFaces(how, keep, { ...stores, ...working });
    const { collectUrl } = working;
    return { ...faces, collectUrl, directory: how.directory, isUntried: stores.isUntried, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The folder and what lies in it: what cannot be opened is said before a door is open. */
async function openStores({ config, directory, log, acceptLoss }: Start, keep: Keep) {
  const { DEFAULT_DATASET: defaultDataset } = config;
  const lock = await lockFolder(directory);
  keep(lock, () => lock.release());
  await refuseHalfRestored(directory);
  const entrance = await enterHouse(directory, { acceptLoss, log });
  // Not before: what it makes tells that the folder was in use.
  const reserve = keepReserve(directory);
  keep(reserve, async () => reserve.stop());
  const filesDirectory = await readableFolder(config.FILES_DIR, directory);
  const warehouse = await openWarehouse({ directory, filesDirectory, log, defaultDataset, productDataset });
  keep(warehouse, () => warehouse.close());
  const registry = await openRegistry({ directory, log });
  keep(registry, () => registry.close());
  const queue = await openQueue({ directory, log });
  keep(queue, () => queue.close());
  const keeper = keepHouse(entrance, { warehouse, registry, queue }, { directory, log });
  await keeper.begin();
  keep(keeper, () => keeper.stop());
  await warehouse.createDataset({ dataset: defaultDataset, table: "" });
  await warehouse.createDataset({ dataset: productDataset, table: "" });
  const letters = letterStore({ warehouse, productDataset, log });
  await makeLetterTables(letters, log);
  if (entrance.isPending) await makeDatasets(warehouse, registry, defaultDataset);
  const forTrying = isForTrying(config);
  const isUntried = forTrying && (await registerExample(registry, warehouse));
  return { warehouse, registry, queue, letters, keeper, forTrying, isUntried };
}

/** From the queue to the tables, and from there to backend events. */
function openDelivery({ config, log }: Start, keep: Keep, { warehouse, registry, queue, letters }: Stores) {
  const { DEFAULT_DATASET: defaultDataset } = config;
  const { documents } = registry;
  const streams = createStreamCache(registry, { defaultDataset, productDataset, log });
  const activity = createActivity({ warehouse, productDataset, now, log });
  keep(activity, () => activity.write(lastWriteMs));
  const deliver = createDeliver({
    streams,
    writers: createWriters(registry, { defaultDataset, productDataset }),
    warehouse,
    letters,
    // The pump bounds what is in flight. What it hands over must not be sent back for its size, nor
    // because a large backlog or the disk is slow: all tables wait for the same file, so that
    // coming again would help none.
    limits: { waitingBytesMax: Infinity, patienceMs: Infinity, appendDeadlineMs: 600_000 },
    now,
    imports: queue,
    activity,
    log,
  });
  const takeHit = createTakeHit({
    streams,
    documents,
    warehouse,
    productDataset,
    asksForLinks: true,
    now,
    elapsed: elapsedMs,
    log,
  });
  const pump = startPump(queue, withImports(deliver, takeHit), { log });
  keep(pump, () => pump.stop());
  const views = startViews(deliver, registry, { defaultDataset, productDataset, log });
  keep(views, async () => views.stop());
  const checks = { warehouse, productDataset, now, writeActivity: activity.writeForLook, log };
  const work = async () =>
    checkActivity(checks, readAll(await registry.list(), { defaultDataset, productDataset }), nightly);
  const nightRounds = startRounds({ work, ...nights }, log);
  keep(nightRounds, async () => nightRounds.stop());
  const channels = channelsOf(config, now);
  const { health, alerts } = watchHealth(
    { ...checks, registry, letters, channels },
    { defaultDataset, productDataset },
    keep,
  );
  return { streams, activity, health, alerts };
}

/** What works by itself: hits come in by the doorway, and go on to their tables. */
async function openFunctions(how: Start, keep: Keep, stores: Stores) {
  const { config, directory, log, doorway } = how;
  const { warehouse, registry, queue, letters, forTrying } = stores;
  const { DEFAULT_DATASET: defaultDataset } = config;
  const { documents } = registry;
  const { streams, activity, ...watched } = openDelivery(how, keep, stores);
  const growth = watchGrowth({ backlog: queue, now, elapsed: elapsedMs, log });
  keep(growth, async () => growth.stop());

  const jobs = await startJobs({
    letters,
    documents,
    registry,
    queue,
    warehouse,
    defaultDataset,
    productDataset,
    now,
    log,
  });
  keep(jobs, () => jobs.stop());

  const shared = { documents, warehouse, defaultDataset, productDataset, now, log };
  const secrets = openSecrets(directory, { key: config.AFTERCLICK_SECRET_KEY, now });
  const importsDirectory = await readableFolder(config.IMPORTS_DIR, directory, "IMPORTS_DIR");
  const sources = { ...shared, secrets, importsDirectory };
  const { imports, dropBoxes } = await openImports(directory, config, sources);
  keep(dropBoxes, () => dropBoxes.stop());
  keep(imports, () => imports.stop());
  const web = openWeb(reachOf(config.FEEDS_MAY_REACH));
  const { keptFiles } = imports;
  const feeds = startFeeds({ ...shared, secrets, web, keptFiles, deadlineMs: feedDeadlineMs });
  keep(feeds, () => feeds.stop());

  const tail = createTail();
  const refusals = createRefusals({ queue, now, log });
  keep(refusals, () => refusals.write(lastWriteMs));
  const live = createLiveSecrets(secrets);
  const collect = createCollect({
    streams,
    refusals,
    queue,
    now,
    secrets,
    live,
    publicUrl: config.COLLECT_URL,
    log,
    stored: (hit) => tail.stored(hit),
    poolMs: poolCpuMs,
  });
  const url = await doorway.open(exampleFromHere(collect, forTrying));
  keep(doorway, () => doorway.drain());
  const collectUrl = config.COLLECT_URL ?? url;
  const kept = { secrets, secretsChanged: live.forget };
  const working = { streams, activity, growth, tail, jobs, imports, dropBoxes, feeds, kept };
  return { ...watched, ...working, collectUrl };
}

/** What people and programs look through: the admin API and the panel. @returns where they are */
async function openFaces({ config, directory, version, log }: Start, keep: Keep, parts: Stores & Working) {
  const {
    warehouse,
    registry,
    queue,
    letters,
    streams,
    activity,
    tail,
    jobs,
    imports,
    dropBoxes,
    feeds,
    kept,
    collectUrl,
  } = parts;
  const snapshots = {
    export: warehouse.export,
    check: () => checkRunning(directory, warehouse),
    backup: (to: string) =>
      imports.keptFiles.holding(() => backup({ queue, registry, warehouse }, to, directory)),
  };
  const people = await openPeople(directory, registry.documents, config.PANEL_URL);
  keep(people, () => people.close());
  const ports = {
    ...people,
    registry: { ...registry, write: writeThrough(registry, streams) },
    queue,
    backlog: parts.growth.backlog,
    warehouse,
    letters,
    jobs,
    uploads: imports,
    dropBoxes,
    feedAsked: feeds.feedAsked,
    ...kept,
    tail,
    snapshots,
    amiss: parts.keeper.gone,
    disk: () => diskOf(directory),
    dropDataset: warehouse.dropDataset,
    writeActivity: activity.writeForLook,
    health: parts.health,
    alerts: parts.alerts,
    snippets,
    offersLinks: true,
    collectUrl,
    defaultDataset: config.DEFAULT_DATASET,
    productDataset,
    version,
    log,
  };
  const panel = await openPanel({
    ...ports,
    personOf: people.identify,
  });
  const faces = bothFaces(createAdmin(ports), panel);
  const admin = people.panelOrigin === undefined ? faces : withSignIn(people, faces);
  const adminDoor = await openDoor(guarded(admin, config.PANEL_URL), {
    host: "127.0.0.1",
    port: config.ADMIN_PORT,
    // A file of 512 MiB at 600 KB/s.
    requestTimeoutMs: 15 * 60_000,
    log,
    // Nobody but a proxy brings the world to a port of this machine.
    ...(config.PANEL_URL !== undefined && { trustedProxies: Math.max(1, config.TRUSTED_PROXIES) }),
  });
  keep(adminDoor, () => {
    tail.close();
    return adminDoor.drain();
  });
  const { panelOrigin } = people;
  return { adminUrl: adminDoor.url, panelOrigin };
}

/** Before any stream could take their names. Where that cannot be, hits are taken all the same
 *  and wait in the queue. */
async function makeLetterTables(letters: LetterStore, log: Log): Promise<void> {
  try {
    await letters.ensure();
  } catch (error) {
    log("ERROR", "No dead letter can be written until this is fixed.", {
      event: "product_tables_failed",
      detail: asProblem(error).message,
    });
  }
}

/** The datasets of all streams were made with them; a warehouse that was lost and begun
 *  anew has none of them. */
async function makeDatasets(warehouse: Warehouse, registry: Registry, defaultDataset: string): Promise<void> {
  for (const { lookup } of readAll(await registry.list(), { defaultDataset, productDataset }))
    // One that cannot be made now is told by the first hit that needs it.
    if (lookup.kind === "valid") await warehouse.createDataset(lookup.stream.table).catch(() => undefined);
}

/** On one machine a change of a stream is seen at once. */
function writeThrough(registry: Registry, streams: StreamCache): Registry["write"] {
  return async (id, document, ifVersion) => {
    await registry.write(id, document, ifVersion);
    streams.forget(id);
  };
}
