"""`python checks.py FILE`: the checks of backend events, their event ids and the list of bad rows, as somebody
would write them with pandas for this one file. Prints its cost as JSON."""

import hashlib
import json
import os
import sys
import tempfile
import time

import pandas as pd

path = sys.argv[1]
began = time.perf_counter()
if path.endswith(".parquet"):
    rows = pd.read_parquet(path)
    for column in rows.columns:
        rows[column] = rows[column].astype("string").fillna("")
else:
    rows = pd.read_csv(path, dtype="string", keep_default_na=False)

for column in rows.columns:
    rows[column] = rows[column].str.strip()
today = pd.Timestamp.now(tz="UTC").tz_localize(None).normalize()
day = pd.to_datetime(rows["date"], format="%Y-%m-%d", errors="coerce")
number = pd.to_numeric(rows["value"].replace("", "0"), errors="coerce")
lists = rows["reference_ev"].str.split(",")
faults = {
    "control_char": rows.apply(lambda column: column.str.contains(r"[\x00-\x1f\x7f-\x9f]", regex=True)).any(axis=1),
    "date_format": day.isna(),
    "date_in_future": day > today,
    "date_too_old": day < today - pd.Timedelta(days=400),
    "ev_missing": rows["ev"] == "",
    "ev_too_long": rows["ev"].str.len() > 64,
    "ev_comma": rows["ev"].str.contains(",", regex=False),
    "ref_ev_missing": rows["reference_ev"] == "",
    "ref_ev_too_many": lists.str.len() > 10,
    "ref_ev_is_self": pd.Series([ev in names for ev, names in zip(rows["ev"], lists)], index=rows.index),
    "ref_id_missing": rows["reference_id"] == "",
    "ref_id_too_long": rows["reference_id"].str.encode("utf-8").str.len() > 256,
    "ref_id_damaged": rows["reference_id"].str.fullmatch(r"\d+[.,]0+|\d([.,]\d+)?[eE]\+\d{2,3}"),
    "value_not_number": number.isna(),
}
bad = pd.DataFrame(faults)
is_bad = bad.any(axis=1)
good = rows[~is_bad].copy()
before = good.groupby(list(good.columns), sort=False).cumcount()
good["event_id"] = [
    hashlib.sha256(json.dumps(["bench", *row], ensure_ascii=False).encode()).hexdigest()
    for row in zip(good["date"], good["ev"], good["reference_ev"], good["reference_id"], good["value"], before)
]
good = good.drop_duplicates("event_id")
with tempfile.TemporaryDirectory() as folder:
    good.to_parquet(os.path.join(folder, "events.parquet"))
    rows[is_bad].to_csv(os.path.join(folder, "rejects.csv"))
print(json.dumps({"seconds": time.perf_counter() - began, "events": len(good), "rejects": int(is_bad.sum())}))
