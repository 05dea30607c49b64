import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { factsOf, type Bundle, type PackageFacts } from "./bundle.ts";
import type { Lock, LockedPackage } from "./lock.ts";

export interface Component extends PackageFacts {
  /** Packages of the lock only. */
  readonly integrity?: string;
  /** Inside the bundle, or installed beside it. */
  readonly where: "bundled" | "installed";
}

/** Every package that ends up in the cloud, by name and version. */
export function componentsOf(
  root: string,
  bundle: Bundle,
  installed: Readonly<Record<string, LockedPackage>>,
  lock: Lock,
): Component[] {
  const inside = bundle.packages.map((folder) =>
    component(factsOf(root, folder), lock.packages[folder]?.integrity, "bundled"),
  );
  const beside = Object.entries(installed).map(([folder, { version = "", license, integrity }]) =>
    component(
      {
        name: nameOf(folder),
        version,
        ...(license !== undefined && { license }),
      },
      integrity,
      "installed",
    ),
  );
  // A package may be there twice, in two folders.
  const unique = new Map(
    [...inside, ...beside].map((one) => [`${one.name}@${one.version} ${one.where}`, one]),
  );
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function component(
  { name, version, license }: PackageFacts,
  integrity: string | undefined,
  where: Component["where"],
): Component {
  return {
    name,
    version,
    ...(license !== undefined && { license }),
    ...(integrity !== undefined && { integrity }),
    where,
  };
}

function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
}

/** The list in CycloneDX, without a date or a serial number: the same build gives the same list.
 *  Source: https://cyclonedx.org/docs/1.6/json/ */
export function billOfMaterials(product: PackageFacts, components: readonly Component[]): object {
  const reference = ({ name, version }: PackageFacts) => `pkg:npm/${name.replace("@", "%40")}@${version}`;
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": product.name,
        name: product.name,
        version: product.version,
        licenses: [{ license: { id: product.license } }],
      },
    },
    components: components.map((one) => ({
      type: "library",
      "bom-ref": `${reference(one)}#${one.where}`,
      name: one.name,
      version: one.version,
      purl: reference(one),
      ...(one.integrity !== undefined && { hashes: hashes(one.integrity) }),
      ...(one.license !== undefined && { licenses: [licence(one.license)] }),
      properties: [{ name: "afterclick:where", value: one.where }],
    })),
  };
}

function hashes(integrity: string): object[] {
  const [kind, base64 = ""] = integrity.split("-", 2);
  return kind === "sha512"
    ? [
        {
          alg: "SHA-512",
          content: Buffer.from(base64, "base64").toString("hex"),
        },
      ]
    : [];
}

function licence(named: string): object {
  return /[ (]/.test(named) ? { expression: named } : { license: { id: named } };
}

/** The texts that the licences of bundled packages ask to keep; installed ones bring their own.
 *  @throws Error for a package that names no licence: nobody may then deploy it */
export function licenceTexts(root: string, bundle: Bundle): string {
  const parts = bundle.packages.map((folder) => {
    const { name, version, license } = factsOf(root, folder);
    if (license === undefined) throw new Error(`${name} ${version} names no licence.`);
    const texts = readdirSync(join(root, folder))
      .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
      .sort()
      .map((file) =>
        readFileSync(join(root, folder, file), "utf8")
          .replaceAll("\r\n", "\n")
          .trim(),
      );
    return [`${name} ${version} (${license})`, ...texts].join("\n\n");
  });
  return `${parts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}
