import { EmailForm } from "@/components/Account/EmailForm";
import { PasswordForm } from "@/components/Account/PasswordForm";
import { ButtonLink } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { PageHead } from "@/components/ui/PageHead";
import { useMe } from "@/hooks/use-me";
import { useTitle } from "@/hooks/use-title";

/** Where the first sign-in of all leads: how to come back, and on to a first bot. All of it can be left for later. */
export function WelcomePage() {
  useTitle("Welcome");
  const user = useMe().data?.user;
  if (!user) return null;
  return (
    <div className="mx-auto grid w-full max-w-text gap-5 py-7 sm:py-10">
      <PageHead title="Welcome to Botyard">
        You are <span className="font-mono">{user.name}</span>
        {user.operator ? ", the operator: you see and change everything, and let others in." : "."}
      </PageHead>
      <Card title="To come back">
        <div className="grid gap-4 p-4 sm:p-5">
          <p className="text-soft">
            A link from <code className="font-mono">botyard user link</code> signs you in at any time. With a
            password you need no terminal for it.
          </p>
          <PasswordForm name={user.name} self asksOld={!user.operator} />
        </div>
      </Card>
      {user.operator && (
        <Card title="Your commits">
          <div className="grid gap-4 p-4 sm:p-5">
            <p className="text-soft">Every change to a bot is a commit with its author’s name.</p>
            <EmailForm user={user} />
          </div>
        </Card>
      )}
      <div className="flex flex-wrap gap-2">
        <ButtonLink to="/new" look="solid">
          Choose a template
        </ButtonLink>
        <ButtonLink to="/">To the bots</ButtonLink>
      </div>
    </div>
  );
}
