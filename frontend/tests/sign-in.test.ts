import { beforeEach, expect, it } from "vitest";
import { catchSignInCode, takeSignInCode } from "@/client/code";
import { codeIn } from "@/components/SignIn/SignInCard";

beforeEach(() => takeSignInCode());

it("takes the code out of the address bar, and gives it once", () => {
  location.hash = "#/sign-in?code=abc-123";
  catchSignInCode();
  expect(location.href).not.toContain("abc-123");
  expect(location.hash).toBe("#/sign-in");
  expect(takeSignInCode()).toBe("abc-123");
  expect(takeSignInCode()).toBeNull();
});

it("leaves other addresses alone", () => {
  location.hash = "#/bots/al.support?code=1";
  catchSignInCode();
  expect(location.hash).toBe("#/bots/al.support?code=1");
  expect(takeSignInCode()).toBeNull();
});

it("finds the code in a pasted link, a line around it or by itself", () => {
  expect(codeIn("http://127.0.0.1:8080/#/sign-in?code=a%2Bb")).toBe("a+b");
  expect(codeIn("  open http://h/#/sign-in?code=xyz now ")).toBe("xyz");
  expect(codeIn(" xyz ")).toBe("xyz");
});
