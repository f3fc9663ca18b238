const GENERAL = [
  "What can you help me with?",
  "Introduce yourself in one sentence.",
  "What should I tell you first?",
];

/** First questions for bots from a template; each can be answered without anything being pasted or set up. */
const BY_TEMPLATE: Record<string, string[]> = {
  "general-assistant": [
    "What can you help me with?",
    "Explain compound interest in two sentences.",
    "Draft a short thank-you note to a colleague.",
  ],
  "code-assistant": [
    "What is a race condition?",
    "Write a regular expression for an ISO date.",
    "How do I undo my last Git commit?",
  ],
  "content-writer": [
    "Write three headlines for the opening of a bakery.",
    "Draft a short post that welcomes a new colleague.",
    "What do you need to know before you write?",
  ],
  "customer-support": ["What can you help me with?", "How do I return something?", "Can I talk to a person?"],
  "data-analyst": [
    "When is the median better than the mean?",
    "Write SQL that counts orders per month.",
    "What do you need to know about my data?",
  ],
  "research-assistant": [
    "How do I tell whether a source is trustworthy?",
    "What speaks for and against a four-day week?",
    "How should I narrow down my question?",
  ],
};

export function openersOf(template: string | null | undefined): string[] {
  return (template && BY_TEMPLATE[template]) || GENERAL;
}
