"""The control plane: what people and programs ask for becomes operations, and operations become commits."""
