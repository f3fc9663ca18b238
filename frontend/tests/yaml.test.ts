import { describe, expect, it } from "vitest";
import { readYaml, toYaml } from "@/components/BotForm/yaml";

describe("a specification as text", () => {
  it("comes back as it went, in the order of Botyard's own files", () => {
    const spec = {
      instructions: "You are Hello.\n\n  Indented: yes # no comment\n",
      name: "1e3",
      version: 1,
      access: { policy: "open" },
    };
    const text = toYaml(spec);
    expect(readYaml(text).spec).toEqual(spec);
    expect(text.split("\n")[0]).toBe("version: 1");
    expect(text).toContain("instructions: |");
  });

  it("says at which line it cannot be read", () => {
    expect(readYaml("version: 1\nname: [").problem).toMatch(/^Line 2: /);
    expect(readYaml("name: a\nname: b").problem).toMatch(/^Line 2: /);
  });

  it("follows no alias and takes nothing but a mapping", () => {
    expect(readYaml("a: &x 1\nb: *x").problem).toContain("Write values out");
    expect(readYaml("- a").problem).toContain("key: value");
    expect(readYaml("").problem).toContain("key: value");
  });
});
