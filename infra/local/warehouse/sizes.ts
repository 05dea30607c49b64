/** How large the values of a result are, told from DuckDB's vectors: one value may be a list of all rows
 *  there are, and has to be refused before JavaScript holds it. The raw bindings are used because the
 *  wrapper shows no lengths. */
import {
  DuckDBArrayType,
  DuckDBEnumType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
  DuckDBUnionType,
  UTINYINT,
} from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { queryRefused } from "../../../functions/problems.ts";

/** Bytes of the value at an index; of one past the most that is asked for, some number past it. */
export type SizeAt = (index: number) => number;

/** What every value takes in its row, NULL too. */
const slotBytes = 8;
/** Times, decimals, UUIDs: they leave as texts. */
const textBytes = 32;
/** What a value inside another one takes besides. */
const innerBytes = 24;

const numbers = new Set([
  DuckDBTypeId.BOOLEAN,
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
]);

/** Types that DuckDB stores as a length and bytes, with what so many bytes become. */
const strings: Partial<Record<DuckDBTypeId, (bytes: number) => number>> = {
  [DuckDBTypeId.VARCHAR]: (bytes) => bytes,
  [DuckDBTypeId.BLOB]: (bytes) => bytes,
  [DuckDBTypeId.BIT]: (bytes) => bytes * 8,
  [DuckDBTypeId.GEOMETRY]: (bytes) => bytes * 4,
  // Not its size: its digits take time by the square of their number.
  [DuckDBTypeId.BIGNUM]: (bytes) => bytes * bytes,
};

/** @param count the values that the vector holds
 *  @throws query_refused where the type's values cannot be measured */
export function sizesOf(vector: duckdb.Vector, type: DuckDBType, count: number, bytesMax: number): SizeAt {
  const size = measured(vector, type, count, bytesMax);
  const valid = duckdb.vector_get_validity(vector, Math.ceil(count / 64) * 8);
  return (index) =>
    valid && (valid[index >> 3]! & (1 << (index & 7))) === 0 ? slotBytes : Math.max(slotBytes, size(index));
}

function measured(vector: duckdb.Vector, type: DuckDBType, count: number, bytesMax: number): SizeAt {
  const stored = strings[type.typeId];
  if (stored !== undefined) return stringSizes(vector, count, stored);
  if (type instanceof DuckDBListType) return listSizes(vector, type.valueType, count, bytesMax);
  if (type instanceof DuckDBMapType) {
    const entry = new DuckDBStructType(["key", "value"], [type.keyType, type.valueType]);
    return listSizes(vector, entry, count, bytesMax);
  }
  if (type instanceof DuckDBArrayType) {
    const child = duckdb.array_vector_get_child(vector);
    const { length, valueType } = type;
    const element = sizesOf(child, valueType, count * length, bytesMax);
    return (index) => sum(element, index * length, length, bytesMax);
  }
  if (type instanceof DuckDBStructType) return structSizes(vector, type, count, bytesMax);
  if (type instanceof DuckDBUnionType) {
    const { memberTags, memberTypes } = type;
    const stored = new DuckDBStructType(["", ...memberTags], [UTINYINT, ...memberTypes]);
    return structSizes(vector, stored, count, bytesMax);
  }
  if (type.typeId === DuckDBTypeId.VARIANT)
    throw queryRefused({ why: "A VARIANT is not shown; cast it to JSON." });
  const bytes =
    type instanceof DuckDBEnumType ? longest(type.values) : numbers.has(type.typeId) ? slotBytes : textBytes;
  return () => bytes;
}

/** Each is stored in 16 bytes that begin with its length. */
function stringSizes(vector: duckdb.Vector, count: number, sizeOf: (bytes: number) => number): SizeAt {
  const { buffer, byteOffset, byteLength } = duckdb.vector_get_data(vector, count * 16);
  const view = new DataView(buffer, byteOffset, byteLength);
  return (index) => sizeOf(view.getUint32(index * 16, true));
}

/** Each is stored as an offset into the vector of all elements, and a length. */
function listSizes(vector: duckdb.Vector, elementType: DuckDBType, count: number, bytesMax: number): SizeAt {
  const element = sizesOf(
    duckdb.list_vector_get_child(vector),
    elementType,
    duckdb.list_vector_get_size(vector),
    bytesMax,
  );
  const { buffer, byteOffset } = duckdb.vector_get_data(vector, count * 16);
  const entries = new BigUint64Array(buffer, byteOffset, count * 2);
  return (index) => sum(element, Number(entries[index * 2]), Number(entries[index * 2 + 1]), bytesMax);
}

/** Objects, with the names that JSON repeats. */
function structSizes(
  vector: duckdb.Vector,
  { entryNames, entryTypes }: DuckDBStructType,
  count: number,
  bytesMax: number,
): SizeAt {
  const names = entryNames.reduce((bytes, { length }) => bytes + length, 0);
  const entries = entryTypes.map((type, entry) =>
    sizesOf(duckdb.struct_vector_get_child(vector, entry), type, count, bytesMax),
  );
  return (index) => entries.reduce((bytes, size) => bytes + innerBytes + size(index), names);
}

function sum(element: SizeAt, from: number, count: number, bytesMax: number): number {
  let bytes = 0;
  for (let index = from; index < from + count && bytes <= bytesMax; index += 1)
    bytes += innerBytes + element(index);
  return bytes;
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0);
}
