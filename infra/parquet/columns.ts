import type { FileMetaData, SchemaElement, SchemaTree } from "hyparquet";
import type { ParquetColumn } from "../../functions/parquet.ts";

/** A column, and how its stored values are to be read. */
export interface Column extends ParquetColumn {
  /** Stored as bytes that are text. */
  readonly isText: boolean;
  readonly element: SchemaElement;
}

export function columnOf(tree: SchemaTree): Column {
  const { element, children } = tree;
  const name = element.name;
  if (children.length > 0 || element.repetition_type === "REPEATED") {
    const leaf = leafOf(tree);
    return leaf !== undefined && leafType(leaf) === "text"
      ? { name, type: "list", isText: true, element: leaf }
      : { name, type: "nested", isText: false, element };
  }
  const type = leafType(element);
  return { name, type, isText: type === "text" && element.type === "BYTE_ARRAY", element };
}

/** Of a list in any of the spellings: LIST with one or two floors in it, or a column that repeats. */
function leafOf({ element, children }: SchemaTree): SchemaElement | undefined {
  if (children.length === 0) return element;
  if (element.converted_type !== "LIST" && element.logical_type?.type !== "LIST") return undefined;
  const [floor] = children;
  if (children.length > 1 || floor?.element.repetition_type !== "REPEATED") return undefined;
  if (floor.children.length === 0) return floor.element;
  const [leaf] = floor.children;
  return floor.children.length === 1 &&
    leaf!.children.length === 0 &&
    leaf!.element.repetition_type !== "REPEATED"
    ? leaf!.element
    : undefined;
}

const integers = /^(?:U?INT_(?:8|16|32|64))$/;

function leafType({
  type,
  converted_type: old,
  logical_type: logical,
  scale,
}: SchemaElement): ParquetColumn["type"] {
  if (logical?.type === "NULL") return "null";
  if (old === "DECIMAL" || logical?.type === "DECIMAL")
    return (scale ?? scaleOf(logical)) === 0 ? "integer" : "decimal";
  if (logical?.type === "TIMESTAMP") return logical.isAdjustedToUTC ? "instant" : "timestamp";
  // Written before there were logical types: always adjusted.
  if (old?.startsWith("TIMESTAMP_") || type === "INT96") return "instant";
  if (old === "DATE" || logical?.type === "DATE") return "date";
  if (logical?.type === "UUID") return "uuid";
  if (logical?.type === "FLOAT16") return "float";
  if (old === "UTF8" || old === "ENUM" || logical?.type === "STRING" || logical?.type === "ENUM")
    return "text";
  if (logical?.type === "INTEGER" || (old !== undefined && integers.test(old))) return "integer";
  if (old !== undefined || logical !== undefined) return "other";
  if (type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY") return "text";
  if (type === "INT32" || type === "INT64") return "integer";
  if (type === "FLOAT" || type === "DOUBLE") return "float";
  return type === "BOOLEAN" ? "boolean" : "other";
}

export function scaleOf(logical: SchemaElement["logical_type"]): number {
  return logical?.type === "DECIMAL" ? logical.scale : 0;
}

/** The metadata without what the leaf's values mean: the library would make inexact
 *  numbers and dates of them. */
export function plainSchema(metadata: FileMetaData, { element }: Column): FileMetaData {
  const schema = metadata.schema.map((each) => {
    if (each !== element) return each;
    const { converted_type: _old, logical_type: _logical, ...plain } = each;
    return plain;
  });
  return { ...metadata, schema };
}
