"""The dispatcher: single writer of the inbox, keeper of order, waker of workers.

registry   what is known of a bot without reading its files
mailbag    one bot's waiting mail: order, one at a time in a conversation, trials after a crash
worker     the dispatcher's end of a worker; launcher, the client of the process that forks them
runner     one bot: wake, hand out, drain, leave, back off
dispatcher all bots; serve, the frames that other parts speak to it
"""
