/** Server-sent events of an answer to POST, which EventSource cannot make. */
import { EventSourceParserStream } from "eventsource-parser/stream";
import { problemOf } from "./problem";
import { csrfHeaders } from "./session";

export interface StreamEvent {
  event: string;
  data: unknown;
}

export async function* postEvents(
  url: string,
  body: unknown,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const response = await fetch(url, {
    method: "POST",
    signal,
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream", ...csrfHeaders() },
    body: JSON.stringify(body),
  });
  if (!response.ok || !response.body) throw await problemOf(response);
  const events = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  const reader = events.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield { event: value.event ?? "message", data: JSON.parse(value.data) };
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
