/** Made by build.ts. */
declare module "panel:assets" {
  import type { Asset } from "./assets.ts";
  export const assets: readonly Asset[];
}
