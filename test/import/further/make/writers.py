"""`python writers.py FOLDER`: the same rows by pandas, polars, pyarrow, DuckDB, and as Spark lays them out. Needs
pandas 3.1.1, polars 2.1.0, pyarrow 26.0.1, duckdb 2.0.1. The tests read what is kept here."""

import datetime
import decimal
import pathlib
import sys

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from case import events, expect, rows

folder = pathlib.Path(sys.argv[1]).resolve()
names = ["date", "ev", "reference_ev", "reference_id", "value"]
columns = dict(zip(names, map(list, zip(*rows))))
days = [datetime.date.fromisoformat(day) for day in columns["date"]]
floats = [None if value is None else float(value) for value in columns["value"]]
decimals = [None if value is None else decimal.Decimal(value) for value in columns["value"]]
lists = [text.split(",") for text in columns["reference_ev"]]

# pandas
frame = pd.DataFrame({**columns, "value": floats})
frame.astype({"ev": "category", "date": "category"}).to_csv(
    folder / "pandas_categories_tab.tsv.gz", sep="\t", index=False, compression={"method": "gzip", "mtime": 0}
)
expect(folder, "pandas_categories_tab.tsv.gz", "pandas 3.1.1 to_csv, categories", container="gzip", delimiter="\t")
frame.to_csv(folder / "pandas_two_decimals.csv", index=False, float_format="%.2f", lineterminator="\r\n")
two = [[*event[:4], {"0.125": "0.12"}.get(event[4], event[4])] for event in events]
expect(folder, "pandas_two_decimals.csv", "pandas 3.1.1 to_csv, float_format %.2f, CRLF", events=two)
whole = frame.assign(reference_id=pd.array([42, 7, 9, 1234567890123456789, None], dtype="Int64"))
whole.astype({"value": "Float64", "ev": "category"}).to_parquet(folder / "pandas_nullable.parquet", row_group_size=2)
ids = ["42", "7", "9", "1234567890123456789"]
expect(
    folder,
    "pandas_nullable.parquet",
    "pandas 3.1.1 to_parquet, Int64 with NA, Float64, category, groups of 2 rows",
    kind="parquet",
    events=[[*event[:3], reference_id, event[4]] for event, reference_id in zip(events, ids)],
    rejects=[{"row": 5, "row_group": 3, "row_in_group": 1, "codes": ["ref_id_missing"], "column": "reference_id"}],
)

# polars
polars = pl.DataFrame({**columns, "date": days, "value": floats})
polars.write_csv(folder / "polars_decimal_comma.csv", separator=";", decimal_comma=True, include_bom=True)
expect(folder, "polars_decimal_comma.csv", "polars 2.1.0 write_csv, ; and comma, BOM", delimiter=";", number_format="comma")
polars.with_columns(
    ev=pl.col("ev").cast(pl.Categorical), reference_ev=pl.Series(lists), value=pl.Series(decimals, dtype=pl.Decimal(18, 3))
).write_parquet(folder / "polars_list_decimal.parquet", compression="zstd", row_group_size=2)
expect(folder, "polars_list_decimal.parquet", "polars 2.1.0 write_parquet, Categorical, List, Decimal", kind="parquet")

# pyarrow
table = pa.table({**columns, "value": pa.array(floats)})
pyarrow.csv.write_csv(table, folder / "pyarrow_quoted.csv")
expect(folder, "pyarrow_quoted.csv", "pyarrow 26.0.1 csv.write_csv")
large = pa.table(
    {
        "date": pa.array(days, pa.date64()),
        "ev": pa.array(columns["ev"]).dictionary_encode(),
        "reference_ev": pa.array(lists, pa.large_list(pa.large_string())),
        "reference_id": pa.array(columns["reference_id"], pa.string_view()),
        "value": pa.array(decimals, pa.decimal128(20, 3)),
    }
)
pq.write_table(large, folder / "pyarrow_large_views.parquet", compression="lz4", data_page_version="2.0")
expect(
    folder, "pyarrow_large_views.parquet", "pyarrow 26.0.1, large list, string view, date64, LZ4_RAW, pages v2", kind="parquet"
)

# DuckDB
duck = duckdb.connect()
duck.register("rows", table)
typed = "SELECT CAST(date AS DATE) AS date, ev, reference_ev, reference_id, CAST(value AS DECIMAL(12, 3)) AS value FROM rows"
duck.execute(
    f"COPY ({typed}) TO '{folder}/duckdb_all_quoted.csv.gz' (FORMAT csv, FORCE_QUOTE *, DELIMITER '|', DATEFORMAT '%d.%m.%Y', COMPRESSION gzip)"
)
expect(
    folder,
    "duckdb_all_quoted.csv.gz",
    "DuckDB 2.0.1 COPY, all quoted, |, days as DD.MM.YYYY",
    settings={"date_format": "DD.MM.YYYY"},
    container="gzip",
    delimiter="|",
)
duck.execute("CREATE TYPE kind AS ENUM ('deal', 'hired')")
duck.execute(
    f"COPY (SELECT * REPLACE (CAST(ev AS kind) AS ev) FROM ({typed})) TO '{folder}/duckdb_enum.parquet' (FORMAT parquet, COMPRESSION zstd)"
)
expect(folder, "duckdb_enum.parquet", "DuckDB 2.0.1 COPY, ENUM, DECIMAL", kind="parquet")

# Spark 3.5, by hand: its CSV writer quotes what holds the delimiter or a quote, escapes quotes by a backslash, and
# writes a null as nothing and an empty text as "".
spark = folder / "spark"
spark.mkdir(exist_ok=True)
head, tail = "-3c1d8a0e-7f1b-4a52-9b5e-0a1c2d3e4f50-c000", ",".join(names) + "\n"
line = '2026-11-20,deal,"lead_form,booking",00042,1234.5\n2026-11-20,deal,lead_form,A-7,0.125\n'
(spark / f"part-00000{head}.csv").write_text(tail + line + '2026-11-20,deal,lead_form,"say \\"hi\\"",1.5\n')
expect(
    spark,
    f"part-00000{head}.csv",
    "Spark 3.5's CSV, by hand: a quote by a backslash",
    events=events[:2],
    rejects=[{"row": 3, "line_first": 4, "codes": ["quote_malformed"]}],
)
(spark / f"part-00001{head}.csv").write_text(
    tail + '2026-11-19,hired,application,Zürich 9,-12.0\n2026-11-19,deal,booking,"",2.5\n2026-11-18,deal,lead_form,"b;c,d",\n'
)
expect(
    spark,
    f"part-00001{head}.csv",
    "Spark 3.5's CSV, by hand: an empty text, and a null",
    events=[events[2], events[4]],
    rejects=[{"row": 2, "line_first": 3, "codes": ["ref_id_missing"], "column": "reference_id"}],
)
schema = pa.schema(
    [("date", pa.date32()), *((name, pa.string()) for name in names[1:4]), ("value", pa.decimal128(10, 3))],
    metadata={"org.apache.spark.version": "3.5.1"},
)
part = pa.Table.from_pydict({**columns, "date": days, "value": decimals}, schema=schema)
pq.write_table(part, spark / f"part-00002{head}.snappy.parquet", store_schema=False)
expect(spark, f"part-00002{head}.snappy.parquet", "Spark 3.5's Parquet, by pyarrow 26.0.1", kind="parquet")
(spark / "_SUCCESS").write_bytes(b"")
(spark / f".part-00000{head}.csv.crc").write_bytes(b"crc\x00\x00\x00\x02\x00")
