"""An OpenAI-compatible model server whose behaviour is chosen by the model's name."""
