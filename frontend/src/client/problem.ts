/** Errors as the API tells them (RFC 9457) and as the page shows them: what happened and what to do next. */
import type { FieldProblem, Problem } from "./types";

export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = "ApiError";
    this.status = status;
    this.problem = problem;
  }

  get fields(): FieldProblem[] {
    return this.problem.errors ?? [];
  }
}

/** What a failed answer says; an answer that is not a problem document still becomes a readable one. */
export async function problemOf(response: Response): Promise<ApiError> {
  const kind = response.headers.get("content-type") ?? "";
  if (kind.includes("json")) {
    const body: unknown = await response.json().catch(() => null);
    if (isProblem(body)) return new ApiError(response.status, body);
  }
  return new ApiError(response.status, unspoken(response.status));
}

export function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "title" in value && typeof value.title === "string";
}

function unspoken(status: number): Problem {
  if (status === 413)
    return { title: "Too large", detail: "What was sent is larger than Botyard accepts. Shorten it." };
  if (status === 429) return { title: "Too many requests", detail: "Wait a moment, then try again." };
  if (status >= 502 && status <= 504)
    return {
      title: "Botyard is starting or restarting",
      detail: "The page reached the gateway, but nothing behind it answered. It usually takes a few seconds.",
    };
  return { title: `Botyard answered ${status}`, detail: "Try again; `botyard doctor` says what is wrong." };
}

/** Any thrown thing as a problem, a lost connection among them. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  if (error instanceof TypeError)
    return {
      title: "Botyard cannot be reached",
      detail: "Is `botyard up` still running? The page goes on by itself as soon as it answers.",
    };
  return {
    title: "Something went wrong on this page",
    detail: error instanceof Error ? error.message : null,
    next_step: "Reload the page. If it happens again, `botyard doctor` says whether something is wrong.",
  };
}
