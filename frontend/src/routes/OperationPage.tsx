import { OperationView } from "@/components/Operation/OperationView";
import { ButtonLink } from "@/components/ui/Button";
import { Empty } from "@/components/ui/Empty";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import { useOperation } from "@/hooks/use-operation";
import { useParams } from "@/router";

export function OperationPage() {
  const { operation: id } = useParams();
  const operation = useOperation(id);
  if (operation.isError)
    return (
      <Empty title="This operation cannot be shown" action={<ButtonLink to="/">All bots</ButtonLink>}>
        {operation.error.message}
      </Empty>
    );
  if (!operation.data)
    return (
      <Loading what="the operation">
        <Skeleton className="mx-auto mt-12 h-96 w-full max-w-text rounded-xl" />
      </Loading>
    );
  return <OperationView operation={operation.data} connected={operation.connected} />;
}
