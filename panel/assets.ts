/** A file that a browser asks for. Its name changes with its bytes, so that it may be kept for ever. */
export interface Asset {
  /** `js`, `css`, `svg`. */
  readonly kind: string;
  /** `/assets/panel-0123456789ab.css` */
  readonly path: string;
  readonly type: string;
  readonly text: string;
}
