// @vitest-environment node
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const css = readFileSync(new URL("../src/styles.css", import.meta.url), "utf8");
const TEXT = ["ink", "soft", "faint", "go", "work", "stop"];
const GROUNDS = ["fog", "paper", "sunk"];

/** The tokens of a theme, as luminance. */
function tokens(selector: string): Record<string, number> {
  const block = css.split(`${selector} {`)[1]?.split("}")[0] ?? "";
  const found = block.matchAll(/--([\w-]+): oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)/g);
  return Object.fromEntries(
    [...found].map(([, name, l, c, h]) => [name, luminance(Number(l), Number(c), Number(h))]),
  );
}

/** WCAG's relative luminance of an OKLCH colour; the matrices are Björn Ottosson's. */
function luminance(l: number, c: number, hue: number): number {
  const a = c * Math.cos((hue * Math.PI) / 180);
  const b = c * Math.sin((hue * Math.PI) / 180);
  const L = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const M = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const S = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * L - 3.3077115913 * M + 0.2309699292 * S,
    -1.2684380046 * L + 2.6097574011 * M - 0.3413193965 * S,
    -0.0041960863 * L - 0.7034186147 * M + 1.707614701 * S,
  ].map((part) => Math.min(1, Math.max(0, part)));
  return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
}

function contrast(a = 0, b = 0): number {
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

for (const selector of [":root", ':root[data-theme="dark"]']) {
  const theme = tokens(selector);
  const pairs = [
    ...TEXT.flatMap((text) => GROUNDS.map((ground) => [text, ground, 4.5] as const)),
    ...["go", "work", "stop"].map((tone) => [tone, `${tone}-wash`, 4.5] as const),
    ["ink", "stop-wash", 4.5] as const,
    ["ink", "work-wash", 4.5] as const,
    ["on-ink", "ink", 4.5] as const,
    ["paper", "stop", 4.5] as const,
    ["edge", "paper", 3] as const,
    ...GROUNDS.map((ground) => ["focus", ground, 3] as const),
  ];
  it(`can be read in ${selector}`, () => {
    const short = pairs
      .map(([text, ground, least]) => ({ text, ground, least, is: contrast(theme[text], theme[ground]) }))
      .filter(({ is, least }) => is < least);
    expect(short).toEqual([]);
  });
}
