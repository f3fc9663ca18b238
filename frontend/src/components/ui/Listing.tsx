import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Button } from "./Button";
import { ProblemNote } from "./ProblemNote";
import { Loading, Skeleton } from "./Skeleton";

interface Props<T> {
  label: string;
  query: UseInfiniteQueryResult<T[] | InfiniteData<T>>;
  /** What is said of a list with nothing in it. */
  empty: ReactNode;
  row: (item: T) => ReactNode;
}

/** A list of the API on one card, older items a button away. */
export function Listing<T extends { id?: unknown; name?: string }>({ label, query, empty, row }: Props<T>) {
  const { error, isPending, isFetchingNextPage, hasNextPage, fetchNextPage } = query;
  const items = (query.data ?? []) as T[];
  if (isPending && !error)
    return (
      <Loading what={label.toLowerCase()}>
        <Skeleton className="h-96 w-full rounded-xl" />
      </Loading>
    );
  return (
    <>
      <ProblemNote error={error} />
      {items.length > 0 && (
        <ul
          aria-label={label}
          className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-paper shadow-card"
        >
          {items.map((item) => (
            <li key={String(item.id ?? item.name)}>{row(item)}</li>
          ))}
        </ul>
      )}
      {items.length === 0 && !error && (
        <p className="rounded-xl border border-line bg-paper px-5 py-10 text-center text-soft">{empty}</p>
      )}
      {hasNextPage && (
        <Button
          className="justify-self-center"
          busy={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          Show older
        </Button>
      )}
    </>
  );
}
