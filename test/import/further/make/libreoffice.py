"""`python libreoffice.py FOLDER`: saves one workbook as CSV in five locales, as a person does who clicks "Save as".
Needs LibreOffice (soffice) and xlsxwriter; made with 7.4 and 3.3.1. The tests read what is kept here."""

import datetime
import pathlib
import shutil
import subprocess
import sys
import tempfile

import xlsxwriter

from case import events, expect

# The locale, its delimiter as people's LibreOffice offers it there, and the character set by LibreOffice's number.
locales = [("de-CH", ",", 76), ("sv-SE", ";", 76), ("cs-CZ", ";", 76), ("nl-NL", ";", 1), ("en-IN", ",", 76)]
# Two decimals are shown, and what is shown is saved.
shown = [[*event[:4], {"0.125": "0.13"}.get(event[4], event[4])] for event in events]

folder = pathlib.Path(sys.argv[1]).resolve()
with tempfile.TemporaryDirectory() as temporary:
    there = pathlib.Path(temporary)
    with xlsxwriter.Workbook(there / "events.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        day = workbook.add_format({"num_format": "yyyy\\-mm\\-dd"})
        money = workbook.add_format({"num_format": "#,##0.00"})
        sheet.write_row(0, 0, ["date", "ev", "reference_ev", "reference_id", "value"])
        for at, (date, ev, names, reference_id, value) in enumerate(events, 1):
            sheet.write_datetime(at, 0, datetime.datetime.fromisoformat(date), day)
            sheet.write_string(at, 1, ev)
            sheet.write_string(at, 2, ",".join(names))
            sheet.write_string(at, 3, reference_id)
            if value is not None:
                sheet.write_number(at, 4, float(value), money)
    for locale, delimiter, characters in locales:
        profile = there / locale
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(
            '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
            '<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">'
            f"<value>{locale}</value></prop></item></oor:items>"
        )
        subprocess.run(
            ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to",
             f"csv:Text - txt - csv (StarCalc):{ord(delimiter)},34,{characters},1", "--outdir", there, there / "events.xlsx"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        name = f"lo_{locale}.csv"
        shutil.move(there / "events.csv", folder / name)
        # Groups of two, as India writes them, are no number.
        lakh = {"row": 4, "line_first": 5, "codes": ["value_not_number"], "column": "value"}
        expect(
            folder,
            name,
            f"LibreOffice 7.4 in {locale}, from a workbook by xlsxwriter 3.3.1",
            delimiter=delimiter,
            encoding="windows-1252" if characters == 1 else "utf-8",
            settings={"encoding": "windows-1252"} if characters == 1 else {},
            number_format="dot" if delimiter == "," else "comma",
            events=[event for at, event in enumerate(shown) if locale != "en-IN" or at != 3],
            rejects=[lakh] if locale == "en-IN" else [],
        )
