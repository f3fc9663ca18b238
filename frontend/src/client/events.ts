/** An EventSource that does not give up: the browser resumes by Last-Event-ID, and what it takes for final is tried again. */
type Listener = (data: unknown, event: MessageEvent<string>) => void;

const FIRST_WAIT = 500;
const LONGEST_WAIT = 8_000;

export interface Feed {
  close(): void;
}

/** Listens to the named events of `url`; `connected` hears whether the stream is up, for a line on the page. */
export function openFeed(
  url: string,
  listeners: Record<string, Listener>,
  connected: (up: boolean) => void = () => undefined,
): Feed {
  let source: EventSource;
  let wait = FIRST_WAIT;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  function open(): void {
    source = new EventSource(url);
    source.onopen = () => {
      wait = FIRST_WAIT;
      connected(true);
    };
    source.onerror = () => {
      connected(false);
      if (source.readyState !== EventSource.CLOSED || closed) return;
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    };
    for (const [name, listener] of Object.entries(listeners)) {
      source.addEventListener(name, (event: MessageEvent<string>) => listener(JSON.parse(event.data), event));
    }
  }

  open();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      source.close();
    },
  };
}
