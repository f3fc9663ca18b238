import { Button, ButtonLink } from "@/components/ui/Button";
import { Empty } from "@/components/ui/Empty";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { useTemplates } from "@/hooks/use-templates";
import { useDeploy } from "@/hooks/use-writes";
import { useNavigate } from "@/router";

/** An empty yard: one click, and the first bot is on its way. */
export function FirstBot() {
  const navigate = useNavigate();
  const templates = useTemplates();
  const deploy = useDeploy();
  const template = templates.data?.[0];

  function start(): void {
    if (!template) return;
    const spec = {
      ...template.spec,
      name: "assistant",
      model: { provider: "embedded" },
      channels: { web: {} },
    };
    deploy.mutate(
      { spec, secrets: {} },
      { onSuccess: ({ operation }) => navigate(`/operations/${operation.id}`) },
    );
  }

  return (
    <Empty
      title="No bots yet"
      picture={<EmptyYard />}
      action={
        <>
          <Button look="solid" busy={deploy.isPending} disabled={!template} onClick={start}>
            Deploy a first bot
          </Button>
          <ButtonLink to="/new">Choose a template</ButtonLink>
          <ProblemNote error={deploy.error} />
        </>
      }
    >
      The first one takes a click and no key: an assistant that runs on the demo brain of this machine, with a
      chat to talk to it.
    </Empty>
  );
}

function EmptyYard() {
  return (
    <svg viewBox="0 0 160 64" className="mb-2 w-44 text-edge" aria-hidden="true">
      <g fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round">
        <path d="M4 56h152" />
        <path
          d="M16 56V38a16 16 0 0 1 32 0v18M64 56V38a16 16 0 0 1 32 0v18M112 56V38a16 16 0 0 1 32 0v18"
          strokeDasharray="3 6"
        />
      </g>
      <circle cx="80" cy="40" r="5" className="fill-go" />
    </svg>
  );
}
