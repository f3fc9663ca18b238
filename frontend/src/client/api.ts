/** The one client of the API: typed by the generated schema, with the CSRF token on every write. */
import createClient from "openapi-fetch";
import { fetchOrTake } from "./early";
import { ApiError, isProblem, problemOf } from "./problem";
import type { paths } from "./schema";
import { csrfHeaders } from "./session";

export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin", fetch: fetchOrTake });

api.use({
  onRequest({ request }) {
    if (request.method === "GET" || request.method === "HEAD") return;
    for (const [name, value] of Object.entries(csrfHeaders())) request.headers.set(name, value);
  },
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
  },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of an answer, or an ApiError thrown. */
export async function body<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (data !== undefined) return data;
  throw new ApiError(
    response.status,
    isProblem(error) ? error : { title: `Botyard answered ${response.status}` },
  );
}
