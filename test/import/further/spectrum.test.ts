import { expect, test } from "@jest/globals";
import { openCsv } from "../../../functions/import/csv/reader.ts";

/** The texts of csv-spectrum 2.0.0 (npm, BSD-2-Clause), a set of CSV that readers stumble over, and the
 *  records that it says are in them. */
const quoted = "Once upon \na time";
const spectrum: Readonly<Record<string, readonly [text: string, records: readonly (readonly string[])[]]>> = {
  comma_in_quotes: [
    'first,last,address,city,zip\nJohn,Doe,120 any st.,"Anytown, WW",08123',
    [["John", "Doe", "120 any st.", "Anytown, WW", "08123"]],
  ],
  empty: [
    'a,b,c\n1,"",""\n2,3,4',
    [
      ["1", "", ""],
      ["2", "3", "4"],
    ],
  ],
  empty_crlf: [
    'a,b,c\r\n1,"",""\r\n2,3,4',
    [
      ["1", "", ""],
      ["2", "3", "4"],
    ],
  ],
  escaped_quotes: [
    'a,b\n1,"ha ""ha"" ha"\n3,4\n',
    [
      ["1", 'ha "ha" ha'],
      ["3", "4"],
    ],
  ],
  json: [
    'key,val\n1,"{""type"": ""Point"", ""coordinates"": [102.0, 0.5]}"\n',
    [["1", '{"type": "Point", "coordinates": [102.0, 0.5]}']],
  ],
  location_coordinates: [
    "Contact Phone Number,Location Coordinates,Cities,Counties\n2095257564,37\ufffd36'37.8\"N 121\ufffd2'17.9\"W,Modesto,Stanislaus",
    [["2095257564", "37\ufffd36'37.8\"N 121\ufffd2'17.9\"W", "Modesto", "Stanislaus"]],
  ],
  newlines: [
    `a,b,c\n1,2,3\n"${quoted}",5,6\n7,8,9\n`,
    [
      ["1", "2", "3"],
      [quoted, "5", "6"],
      ["7", "8", "9"],
    ],
  ],
  newlines_crlf: [
    'a,b,c\r\n1,2,3\r\n"Once upon \r\na time",5,6\r\n7,8,9\r\n',
    [
      ["1", "2", "3"],
      ["Once upon \r\na time", "5", "6"],
      ["7", "8", "9"],
    ],
  ],
  quotes_and_newlines: [
    'a,b\n1,"ha \n""ha"" \nha"\n3,4\n',
    [
      ["1", 'ha \n"ha" \nha'],
      ["3", "4"],
    ],
  ],
  simple: ["a,b,c\n1,2,3\n", [["1", "2", "3"]]],
  simple_crlf: ["a,b,c\r\n1,2,3\r\n", [["1", "2", "3"]]],
  utf8: [
    "a,b,c\n1,2,3\n4,5,\u02a4",
    [
      ["1", "2", "3"],
      ["4", "5", "\u02a4"],
    ],
  ],
};

test.each(Object.entries(spectrum))("%s of csv-spectrum is read as it says", (_, [text, records]) => {
  for (const size of [1, 7, text.length]) {
    const heard: string[][] = [];
    const reader = openCsv(
      { delimiter: ",", recordBytesMax: 1000 },
      ({ cells }) => heard.push([...cells]) > 0,
    );
    for (let at = 0; at < text.length; at += size) reader.push(text.slice(at, at + size));
    reader.end();
    expect(heard.slice(1)).toEqual(records);
  }
});
