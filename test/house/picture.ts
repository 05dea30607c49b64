import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { imports, root, sources } from "./house.ts";

/** Draws docs/pictures/architecture.svg from the code's own imports: `npm run picture`. Rooms stand in
 *  floors; an arrow says that a file of one room imports a file of another one. Everybody may use the lowest
 *  floor: its arrows are left out. */

interface Floor {
  readonly title: string;
  readonly rooms: readonly (readonly [path: string, what: string])[];
}

/** From the ground that it runs on, down to what knows nobody. A room belongs to the longest path
 *  that begins its files. */
const floors: readonly Floor[] = [
  {
    title: "the ground it runs on",
    rooms: [
      ["infra/google", "Pub/Sub, Firestore, BigQuery"],
      ["infra/local", "one process: SQLite and DuckDB"],
      ["infra/emulated", "the cloud on emulators"],
      ["infra", "the door: HTTP to plain requests"],
    ],
  },
  {
    title: "faces",
    rooms: [
      ["cli", "afterclick, the command"],
      ["panel", "pages for people"],
      ["functions/api", "the admin API: thin routes"],
    ],
  },
  {
    title: "functions that work by themselves",
    rooms: [
      ["functions/collect", "request -> queue -> 200"],
      ["functions/demo", "made-up streams to look at"],
      ["functions/health", "badges: does it come as usual?"],
      ["functions/deliver", "queue -> row, or dead letter"],
      ["functions/import", "file or table -> events"],
      ["functions/feeds", "a URL, daily -> rows"],
    ],
  },
  {
    title: "nouns: what they are, their rules, their operations",
    rooms: [
      ["functions/letters", "dead letters and their replay"],
      ["functions/streams", "documents, calendar, views"],
      ["functions/activity", "counts by stream and minute"],
      ["functions/senders", "proofs, pings, answers"],
      ["functions/hits", "rows, the tail, finding one"],
      ["functions/payload", "bytes -> text and fields"],
    ],
  },
  {
    title: "ports and small mechanisms, used by all",
    rooms: [["functions", "queue, registry, warehouse, problem"]],
  },
];

const [width, left, boxWidth, boxHeight, floorHeight] = [1480, 20, 232, 58, 130];
const lowest = "functions";

/** @returns the picture as an SVG document */
export function drawHouse(): string {
  const there = floors.map(({ title, rooms }) => ({ title, rooms: rooms.filter(([path]) => isThere(path)) }));
  const boxes = new Map<string, { x: number; y: number }>();
  for (const [row, { rooms }] of there.entries()) {
    const gap = (width - 2 * left - rooms.length * boxWidth) / (rooms.length + 1);
    for (const [column, [path]] of rooms.entries())
      boxes.set(path, { x: left + gap + column * (boxWidth + gap), y: 44 + row * floorHeight });
  }
  const height = there.length * floorHeight + 10;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif">`,
    `<title>The house of Afterclick: an arrow is an import</title>`,
    style,
    `<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0 8 4 0 8z"/></marker></defs>`,
    ...there.map(({ title }, row) => floorOf(title, row)),
    ...arrows().map(([from, to]) => arrowOf(boxes.get(from)!, boxes.get(to)!)),
    ...there.flatMap(({ rooms }) => rooms.map(([path, what]) => boxOf(path, what, boxes.get(path)!))),
    "</svg>",
    "",
  ].join("\n");
}

const paths = floors.flatMap(({ rooms }) => rooms.map(([path]) => path));
const files = sources();

function isThere(path: string): boolean {
  return files.some((file) => roomOf(file) === path);
}

function roomOf(file: string): string | undefined {
  return paths.filter((path) => file.startsWith(`${path}/`)).sort((a, b) => b.length - a.length)[0];
}

/** Which room imports which, once each, in an order that stays. */
function arrows(): [from: string, to: string][] {
  const found = new Set<string>();
  for (const file of files) {
    for (const { path } of imports(file)) {
      const [from, to] = [roomOf(file), path === undefined ? undefined : roomOf(path)];
      if (from !== undefined && to !== undefined && from !== to && to !== lowest) found.add(`${from} ${to}`);
    }
  }
  return [...found].sort().map((pair) => pair.split(" ") as [string, string]);
}

const style = `<style>
text{fill:#1f2328;font-size:14px}.small{font-size:11.5px;fill:#59636e}.floor{fill:#f6f8fa}.box{fill:#fff;stroke:#8c959f}
.arrow{fill:none;stroke:#6e7781;stroke-width:1.1;opacity:.75}.tip{fill:#6e7781}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9198a1}.floor{fill:#151b23}.box{fill:#0d1117;stroke:#656c76}.arrow{stroke:#9198a1}.tip{fill:#9198a1}}
</style>`;

function floorOf(title: string, row: number): string {
  const y = 10 + row * floorHeight;
  return (
    `<rect class="floor" x="${left}" y="${y}" width="${width - 2 * left}" height="${floorHeight - 20}" rx="8"/>` +
    `<text class="small" x="${left + 12}" y="${y + 20}">${title}</text>`
  );
}

function boxOf(path: string, what: string, { x, y }: { x: number; y: number }): string {
  return (
    `<rect class="box" x="${x}" y="${y}" width="${boxWidth}" height="${boxHeight}" rx="6"/>` +
    `<text x="${x + 10}" y="${y + 24}">${path}/</text><text class="small" x="${x + 10}" y="${y + 43}">${escape(what)}</text>`
  );
}

/** Down to a lower floor from the middle of the box; to a neighbour on the same one along a bow below. */
function arrowOf(from: { x: number; y: number }, to: { x: number; y: number }): string {
  const [x1, x2] = [from.x + boxWidth / 2, to.x + boxWidth / 2];
  if (from.y === to.y) {
    const y = from.y + boxHeight;
    return `<path class="arrow" marker-end="url(#tip)" d="M${x1} ${y}C${x1} ${y + 26} ${x2} ${y + 26} ${x2} ${y + 2}"/>`;
  }
  const [y1, y2] = from.y < to.y ? [from.y + boxHeight, to.y - 2] : [from.y, to.y + boxHeight + 2];
  const bend = (y2 - y1) / 2;
  return `<path class="arrow" marker-end="url(#tip)" d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}"/>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

if (import.meta.main) writeFileSync(join(root, "docs/pictures/architecture.svg"), drawHouse());
