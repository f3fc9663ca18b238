import { Tabs } from "@base-ui/react/tabs";
import type { ReactNode } from "react";

export interface View {
  name: string;
  content: ReactNode;
}

interface Props {
  label: string;
  views: View[];
  value: string;
  onChange: (name: string) => void;
  /** For what is around: a card's inside has other margins than a page. */
  className?: string;
}

/** The same thing seen in several ways, one at a time; arrow keys move between them. */
export function Views({ label, views, value, onChange, className = "" }: Props) {
  return (
    <Tabs.Root value={value} onValueChange={(name: string) => onChange(name)} className={className}>
      <Tabs.List
        aria-label={label}
        activateOnFocus
        className="mb-4 flex w-fit max-w-full gap-1 overflow-x-auto rounded-lg bg-sunk p-1"
      >
        {views.map(({ name }) => (
          <Tabs.Tab
            key={name}
            value={name}
            className="min-h-8 whitespace-nowrap rounded-md px-3 text-sm text-soft focus-visible:-outline-offset-2 aria-selected:bg-raised aria-selected:font-medium aria-selected:text-ink aria-selected:shadow-card"
          >
            {name}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {views.map(({ name, content }) => (
        <Tabs.Panel key={name} value={name}>
          {content}
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  );
}
