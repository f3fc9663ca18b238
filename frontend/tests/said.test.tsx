import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { Said } from "@/components/Chat/Said";

afterEach(cleanup);

it("leaves HTML as text and links to scripts dead", () => {
  const text =
    "<img src=x onerror=alert(1)> [here](javascript:alert(1)) [there](https://example.org) ![p](https://evil.example/p.png)";
  const { container } = render(<Said text={text} />);
  expect(container.querySelector("img")).toBeNull();
  expect(container.querySelector("[onerror]")).toBeNull();
  const links = screen.getAllByRole("link").map((link) => link.getAttribute("href"));
  expect(links).toEqual(["https://example.org", "https://evil.example/p.png"]);
});

it("shows code with its language and a button that copies it", () => {
  render(<Said text={"```python\nprint(1)\n```"} />);
  expect(screen.getByText("python")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Copy the code" })).toBeTruthy();
});
