"""`python codes.py FOLDER`: files for the codes that no other file here gives. Needs pyarrow 26.0.1."""

import gzip
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq

from case import events, expect, rows

folder = pathlib.Path(sys.argv[1]).resolve()
header = "date,ev,reference_ev,reference_id,value\n"
line = "2026-11-20,deal,lead_form,A-7,1.5\n"
failed = {"file_state": "failed", "events": [], "rejects": []}
limits = {
    "unpackedBytesMax": 512 * 1024 * 1024,
    "ratioMax": 100,
    "ratioFromBytes": 10 * 1024 * 1024,
    "rowsMax": 3,
    "recordBytesMax": 1024 * 1024,
}

names = ["date", "ev", "reference_ev", "reference_id", "value"]
columns = dict(zip(names, map(list, zip(*rows))))
ids = [text.encode() for text in columns["reference_id"]]
ids[2] = b"Z\xfcrich 9"
table = pa.table({**columns, "reference_id": pa.array(ids, pa.binary())})
pq.write_table(table, folder / "code_ref_id_not_text.parquet")
expect(
    folder,
    "code_ref_id_not_text.parquet",
    "pyarrow 26.0.1, an id in windows-1252 among bytes",
    kind="parquet",
    number_format="dot",
    events=[event for event in events if event[3] != "Zürich 9"],
    rejects=[{"row": 3, "codes": ["ref_id_not_text"], "column": "reference_id"}],
)

# 10 MiB of equal rows have the ratio that no honest file has.
text = header + line * (11 * 1024 * 1024 // len(line))
(folder / "code_unpacked_too_large.csv.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
(folder / "code_too_many_rows.csv").write_text(header + line * 4)
(folder / "code_id_is_event_name.csv").write_text(
    header + '2026-11-20,deal,"lead_form,booking",A-7,1.5\n' + "2026-11-20,deal,lead_form,booking,12234\n" * 2
)
expect(
    folder,
    "code_unpacked_too_large.csv.gz",
    "Python 3.11 gzip, equal rows",
    **failed,
    file_code="unpacked_too_large",
    kind=None,
    container=None,
    encoding=None,
    delimiter=None,
    number_format=None,
)
expect(
    folder,
    "code_too_many_rows.csv",
    "Python 3.11 bytes, one row more than is set",
    **failed,
    file_code="too_many_rows",
    settings={"limits": limits},
)
expect(
    folder,
    "code_id_is_event_name.csv",
    "Python 3.11 bytes, a list without quotes that fits the columns",
    **failed,
    file_code="id_is_event_name",
    rows=3,
)
