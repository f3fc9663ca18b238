import { describe, expect, it } from "vitest";
import { rowsOf } from "@/components/ui/side-by-side";

const DIFF = [
  "--- a/bot.yaml",
  "+++ b/bot.yaml",
  "@@ -1,4 +1,4 @@",
  " version: 1",
  "-name: old",
  "--- a line of hyphens",
  "+name: new",
  " last: true",
  "+more: 1",
  "\\ No newline at end of file",
].join("\n");

describe("a diff in two columns", () => {
  it("sets what was beside what is", () => {
    expect(rowsOf(DIFF)).toEqual([
      { left: "@@ -1,4 +1,4 @@", right: "@@ -1,4 +1,4 @@", kind: "place" },
      { left: "version: 1", right: "version: 1", kind: "same" },
      { left: "name: old", right: "name: new", kind: "changed" },
      { left: "-- a line of hyphens", right: null, kind: "changed" },
      { left: "last: true", right: "last: true", kind: "same" },
      { left: null, right: "more: 1", kind: "changed" },
    ]);
  });
});
