import { LetIn } from "@/components/Users/LetIn";
import { UserRow } from "@/components/Users/UserRow";
import { Listing } from "@/components/ui/Listing";
import { PageHead } from "@/components/ui/PageHead";
import { useMe } from "@/hooks/use-me";
import { useTitle } from "@/hooks/use-title";
import { useUsers } from "@/hooks/use-users";

export function UsersPage() {
  useTitle("People");
  const users = useUsers();
  const me = useMe().data?.user;
  const operator = me?.operator === true;
  return (
    <div className="mx-auto grid grid-cols-1 w-full max-w-text gap-5 py-7 sm:py-10">
      <PageHead title="People">
        {operator ? "Who may sign in here." : "You; an operator sees everybody and lets people in."}
      </PageHead>
      <Listing
        label="People"
        query={users}
        empty="There is nobody."
        row={(user) => <UserRow user={user} self={user.name === me?.name} operator={operator} />}
      />
      {operator && <LetIn />}
    </div>
  );
}
