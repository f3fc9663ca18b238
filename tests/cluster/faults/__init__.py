"""What fails around the bots of a cluster, and what people try there, by all the ways that they have."""
