"""The public chat at `/c/<id>`: for bots with `channels.web.public`, for anybody, and for nothing else."""
