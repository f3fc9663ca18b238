/** The generated schemas under the names that the page uses, and the specification, which the API takes as free JSON. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Status = Schemas["Status"];
export type Phase = Status["phase"];
export type Channel = Schemas["Channel"];
export type Bot = Omit<Schemas["Bot"], "spec"> & { spec: Spec };
export type Operation = Schemas["Operation"];
export type Step = Schemas["Step"];
export type StepState = Step["state"];
export type Change = Schemas["FieldChange"];
export type Diff = Schemas["Diff"];
export type HistoryEntry = Schemas["HistoryEntry"];
export type Template = Omit<Schemas["Template"], "spec"> & { spec: Spec };
export type Access = Schemas["Access"];
export type Person = Schemas["Person"];
export type Me = Schemas["Me"];
export type Conversation = Schemas["Conversation"];
export type ConversationText = Schemas["ConversationText"];
export type ManagedBot = Schemas["ManagedBot"];
export type Checked = Schemas["Checked"];
export type AuditEntry = Schemas["AuditEntry"];
export type Token = Schemas["Token"];
export type NewToken = Schemas["NewToken"];
export type User = Schemas["User"];
export type NewUser = Schemas["NewUser"];
export type UsageDay = Schemas["UsageDay"];
export type Team = Schemas["Team"];
export type Member = Schemas["Member"];
export type Quota = Schemas["Quota"];
export type OwnerQuota = Schemas["OwnerQuota"];
export type ChangeUser = Schemas["ChangeUser"];
export type System = Schemas["System"];
export type Part = Schemas["Part"];
export type FieldProblem = Schemas["FieldProblem"];
export type Written = { bot: Bot; operation: Operation };

/** RFC 9457; `next_step` is what a person can do about it. */
export interface Problem {
  title: string;
  detail?: string | null;
  next_step?: string | null;
  status?: number | null;
  errors?: FieldProblem[] | null;
}

export interface ModelSpec {
  provider: string;
  name?: string | null;
  base_url?: string | null;
  key?: { secret: string } | null;
  [key: string]: unknown;
}

/** Section 7 of the design, as far as the page edits it; all else is carried along untouched. */
export interface Spec {
  version?: number;
  name?: string;
  template?: string | null;
  description?: string | null;
  instructions?: string;
  model?: ModelSpec | null;
  channels?: { [channel: string]: { [key: string]: unknown } | null } | null;
  access?: { policy?: string; allow?: string[] } | null;
  budget?: { [key: string]: unknown } | null;
  [key: string]: unknown;
}

export interface LogLine {
  key: string;
  at: string;
  level: string;
  event: string;
  fields: Record<string, unknown>;
}
