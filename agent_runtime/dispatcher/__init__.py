"""The dispatcher: single writer of the inbox, keeper of order, waker of workers.

dispatcher  all bots; serve, the frames that other parts speak to it; watchers, who hears of changes
runner      one bot: its worker wakes, drains, leaves, backs off; condition, the phase people see
mailroom    one bot's mail between inbox and worker; mailbag, its order and what is tried alone
bring_up    from asleep to ready; launcher, the client of what forks; worker, our end of one
room        how many workers at a time; wakes, how long they took to come
registry    what is known of a bot without its files
"""
