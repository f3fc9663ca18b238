"""Backup and restore of one machine: everything that can't be rebuilt, in one encrypted file.

`take` writes the file and `restore` reads it; each concern in between is a module of its own: `envelope` the
encryption, `parts` what is inside, `control` the database, `memory` the inbox and the ledgers.
"""
