/** Whether a file of this name is imported once it lies in a drop box. Clients write under another name first
 *  and rename the file when it is whole; Spark and its kin lay marks beside their parts.
 *  Sources: WinSCP's `.filepart`, rclone's `NAME.XXXXXXXX.partial`, lftp's
 *  `.in.NAME`, browsers' `.crdownload`.
 *  @param path with its folders, by slashes */
export function isImportedName(path: string): boolean {
  const name = path.split("/").at(-1)!;
  return name !== "" && !/^[._]/.test(name) && !unfinished.test(name);
}

const unfinished = /\.(?:filepart|part|partial|tmp|temp|uploading|crdownload)$/i;
