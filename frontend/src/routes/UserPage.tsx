import { EmailForm } from "@/components/Account/EmailForm";
import { PasswordForm } from "@/components/Account/PasswordForm";
import { QuotaCard } from "@/components/Quota/QuotaCard";
import { OperatorToggle } from "@/components/Users/OperatorToggle";
import { BackLink } from "@/components/ui/BackLink";
import { ButtonLink } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Empty } from "@/components/ui/Empty";
import { PageHead } from "@/components/ui/PageHead";
import { Loading, Skeleton } from "@/components/ui/Skeleton";
import { useMe } from "@/hooks/use-me";
import { useTitle } from "@/hooks/use-title";
import { useUser } from "@/hooks/use-users";
import { useParams } from "@/router";

/** One person: how they sign in, what they may do, and how much their own bots may have. */
export function UserPage() {
  const { user: name = "" } = useParams();
  useTitle(name);
  const { data: user, error } = useUser(name);
  const me = useMe().data?.user;
  if (error)
    return (
      <Empty title="This person cannot be shown" action={<ButtonLink to="/users">All people</ButtonLink>}>
        {error.message}
      </Empty>
    );
  if (!user || !me)
    return (
      <Loading what="the person">
        <Skeleton className="mt-10 h-96 w-full rounded-xl" />
      </Loading>
    );
  const self = user.name === me.name;
  return (
    <div key={user.name} className="grid grid-cols-1 gap-5 py-7 sm:py-10">
      <div className="grid gap-1">
        <BackLink to="/users">People</BackLink>
        <PageHead title={user.name}>
          {user.operator ? "An operator" : "A user"}
          {self && ", and you"}
          {user.disabled && ", shut out"}.
        </PageHead>
      </div>
      <div className="grid grid-cols-1 items-start gap-5 md:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="grid grid-cols-1 gap-5">
          <Card title="Password">
            <div className="p-5">
              <PasswordForm name={user.name} self={self} asksOld={!me.operator} />
            </div>
          </Card>
          {me.operator && (
            <Card title="What they are">
              <div className="grid gap-6 p-5">
                <EmailForm user={user} />
                {!self && <OperatorToggle user={user} />}
              </div>
            </Card>
          )}
        </div>
        <QuotaCard whose={{ kind: "user", name: user.name }} operator={me.operator} />
      </div>
    </div>
  );
}
