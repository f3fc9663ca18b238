"""Language models: one small Protocol, implementations beside it."""
