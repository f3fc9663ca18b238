"""Teams: owners with members."""
