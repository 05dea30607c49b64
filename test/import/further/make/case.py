"""The rows that every writer writes, and what an import makes of a file: decided here, by no importer."""

import json
import pathlib

rows = [
    ("2026-11-20", "deal", "lead_form,booking", "00042", "1234.5"),
    ("2026-11-20", "deal", "lead_form", "A-7", "0.125"),
    ("2026-11-19", "hired", "application", "Zürich 9", "-12"),
    ("2026-11-19", "deal", "booking", "1234567890123456789", "1234567.89"),
    ("2026-11-18", "deal", "lead_form", "b;c,d", None),
]
events = [[date, ev, names.split(","), reference_id, value] for date, ev, names, reference_id, value in rows]


def expect(folder: pathlib.Path, name: str, made_by: str, **found) -> None:
    """Writes what becomes of a file, in the words of ../../cases/README.md. What is not given is as usual."""
    is_csv = found.get("kind", "csv") == "csv"
    accepted = found.get("events", events)
    rejects = found.get("rejects", [])
    usual = {
        "file": name,
        "made_by": made_by,
        "settings": {},
        "file_state": "imported_with_rejects" if rejects else "imported",
        "kind": "csv",
        "container": None,
        "encoding": "utf-8" if is_csv else None,
        "delimiter": "," if is_csv else None,
        "number_format": "dot" if is_csv else None,
        "rows": len(accepted) + len(rejects),
        "imported": len(accepted),
        "rejects": rejects,
        "events": accepted,
        "warnings": {},
        "ignored_columns": [],
    }
    text = json.dumps({**usual, **found}, ensure_ascii=False, indent=1)
    (folder / f"{name}.expect.json").write_text(text + "\n")
