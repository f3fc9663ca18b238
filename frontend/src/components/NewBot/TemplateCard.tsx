import type { Template } from "@/client/types";
import { Mark } from "@/components/ui/Mark";
import { Link } from "@/router";

/** A template: what a bot from it does; its instructions come next, in the form, where they can be read whole. */
export function TemplateCard({ template }: { template: Template }) {
  return (
    <li className="group relative flex flex-col gap-3 rounded-xl border border-line bg-paper p-4 shadow-card transition focus-within:border-edge hover:border-edge sm:p-5">
      <div className="flex items-center gap-3">
        <Mark id={`template.${template.id}`} className="size-10" />
        <h2 className="font-semibold tracking-tight">
          <Link
            to={`/new/${template.id}`}
            className="no-underline after:absolute after:inset-0 after:rounded-xl focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-focus focus-visible:after:outline-offset-2"
          >
            {template.title}
          </Link>
        </h2>
      </div>
      <p className="text-soft">{template.description}</p>
    </li>
  );
}
